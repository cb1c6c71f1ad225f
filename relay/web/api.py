"""/api: events, deliveries and lanes, read and decided. Every call needs a token; every change records whose."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from relay import status
from relay.configuration import Config
from relay.errors import Refused
from relay.money import BadJson, decode_json
from relay.replay import Decisions
from relay.signals import Signal, tell
from relay.store import Store
from relay.views import EventView
from relay.web.answers import json
from relay.web.body import Bodies
from relay.web.filters import wanted
from relay.web.tokens import actor

LIMIT, MOST = 50, 500
MOST_BYTES = 64 << 10
_CURSOR = re.compile(r"[1-9][0-9]{0,18}-[0-9]{1,19}")
_LIMIT = re.compile(r"[0-9]{1,4}")


class Api:
    """`tokens`: token → name of who holds it. `forgive`: lets a login that was refused be tried again at once."""

    def __init__(
        self,
        store: Store,
        decisions: Decisions,
        config: Callable[[], Config],
        tokens: Mapping[str, str],
        forgive: Callable[[str], Awaitable[None]],
    ) -> None:
        self._store, self._decisions, self._config, self._tokens = store, decisions, config, tokens
        self._forgive = forgive
        self._bodies = Bodies()

    def routes(self) -> list[Route]:
        return [
            Route("/api/events", self._guarded(self.events), methods=["GET"]),
            Route("/api/events/{id}", self._guarded(self.event), methods=["GET"]),
            Route("/api/events/{id}/body", self._guarded(self.body), methods=["GET"]),
            Route("/api/events/{id}/whole", self._guarded(self.whole), methods=["GET"]),
            Route("/api/deliveries/{id}/replay", self._guarded(self.replay), methods=["POST"]),
            Route("/api/deliveries/{id}/release", self._guarded(self.release), methods=["POST"]),
            Route("/api/lanes", self._guarded(self.lanes), methods=["GET"]),
            Route("/api/lanes/{lane}/pause", self._guarded(self.pause), methods=["POST"]),
            Route("/api/lanes/{lane}/resume", self._guarded(self.resume), methods=["POST"]),
        ]

    def _guarded(
        self, endpoint: Callable[[Request, str], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def ask(request: Request) -> Response:
            return await endpoint(request, actor(request, self._tokens))

        return ask

    async def events(self, request: Request, _by: str) -> Response:
        query = request.query_params
        page = await self._store.events(_cursor(query.get("cursor")), _limit(query.get("limit")), wanted(query))
        mask = self._config().mask
        return json({"events": [status.event(one, mask) for one in page.events], "next": page.next})

    async def event(self, request: Request, _by: str) -> Response:
        return json(status.event(await self._found(request), self._config().mask))

    async def body(self, request: Request, _by: str) -> Response:
        event = (await self._found(request)).event
        return _bytes(event.body, event.content_type)

    async def whole(self, request: Request, _by: str) -> Response:
        """The POST that the event came in, which may have held others."""
        event = await self._store.with_whole((await self._found(request)).event)
        whole = event.whole if event.post else event.body
        if whole is None:
            raise Refused(404, "not_kept", "the POST that it came in isn't kept any more")
        return _bytes(whole, event.headers.get("content-type", "application/octet-stream"))

    async def _found(self, request: Request) -> EventView:
        view = await self._store.event(request.path_params["id"])
        if view is None:
            raise Refused(404, "unknown_event", f"there is no event {request.path_params['id'][:60]!r}")
        return view

    async def replay(self, request: Request, by: str) -> Response:
        asked = await self._fields(request)
        delivery, note = request.path_params["id"], str(asked.get("note") or "")
        if asked.get("fetch") is True:
            await self._decisions.refetch(delivery, by, note)
        else:
            await self._decisions.replay(delivery, by, note, again=asked.get("again") is True)
        return await self._delivery(request)

    async def release(self, request: Request, by: str) -> Response:
        asked = await self._fields(request)
        document = asked.get("document")
        await self._decisions.release(
            request.path_params["id"],
            str(asked.get("as")),
            by,
            str(asked.get("note") or ""),
            str(document) if document else None,
        )
        return await self._delivery(request)

    async def _delivery(self, request: Request) -> Response:
        view = await self._store.delivery(request.path_params["id"])
        return json(status.delivery(view) if view else None)

    async def lanes(self, _request: Request, _by: str) -> Response:
        lanes = await self._store.lanes(list(self._config().destinations))
        return json({"lanes": [status.lane(one) for one in lanes]})

    async def pause(self, request: Request, by: str) -> Response:
        lane = self._lane(request)
        note = (await self._fields(request)).get("note")
        await self._store.pause(lane, f"paused by {by}" + (f": {note}" if note else ""))
        tell(Signal.LANE_PAUSED, destination=lane, by=by)
        return json({"destination": lane, "paused": True})

    async def resume(self, request: Request, by: str) -> Response:
        lane = self._lane(request)
        destination = self._config().destinations.get(lane)
        if destination and destination.auth.login:
            await self._forgive(destination.auth.login.fingerprint)
        await self._store.pause(lane, None)
        tell(Signal.LANE_RESUMED, destination=lane, by=by)
        return json({"destination": lane, "paused": False})

    async def _fields(self, request: Request) -> dict[str, Any]:
        body = await self._bodies.read(request.receive, MOST_BYTES)
        try:
            found = decode_json(body) if body else {}
        except BadJson as fault:
            raise Refused(400, "bad_json", str(fault)) from None
        if not isinstance(found, dict):
            raise Refused(400, "bad_json", "send an object")
        return found

    def _lane(self, request: Request) -> str:
        lane: str = request.path_params["lane"]
        if lane not in self._config().destinations:
            raise Refused(404, "unknown_destination", f"there is no destination {lane[:60]!r}")
        return lane


def _bytes(data: bytes, content_type: str) -> Response:
    """To be kept, and never shown as a page."""
    headers = {"X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment"}
    return Response(data, headers=headers, media_type=content_type)


def _limit(asked: str | None) -> int:
    if asked is None:
        return LIMIT
    if not _LIMIT.fullmatch(asked) or not 1 <= int(asked) <= MOST:
        raise Refused(400, "bad_limit", f"limit is a number from 1 to {MOST}")
    return int(asked)


def _cursor(asked: str | None) -> str | None:
    if asked and not _CURSOR.fullmatch(asked):
        raise Refused(400, "bad_cursor", "cursor is what `next` of an earlier page gave")
    return asked or None
