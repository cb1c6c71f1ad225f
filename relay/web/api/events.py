"""Events: what came, and what became of it."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from starlette.responses import Response

from relay import status
from relay.configuration import Config
from relay.delivery import EventState
from relay.errors import Refused
from relay.event import Event
from relay.money import decode_json
from relay.rerouting import Rerouting
from relay.sieve import EventSieve
from relay.status import EventShown
from relay.store import Store
from relay.texts import _
from relay.times import rfc3339
from relay.views import EventView
from relay.web.api.calls import Asked, Nothing, Parameters, call
from relay.web.api.shared import END, LIMIT, Fragment, Limit, Short, Why
from relay.web.api.times import When, instant_ms

PLACE = rf"^[1-9][0-9]{{0,18}}-[0-9]{{1,19}}{END}"


class EventQuery(Parameters, frozen=True):
    """Which events, newest first."""

    source: Annotated[Short | None, Meta(description="the source that it came from")] = None
    type: Annotated[Short | None, Meta(description="its event type")] = None
    state: Annotated[EventState | None, Meta(description=f"one of {', '.join(EventState)}")] = None
    route: Annotated[Short | None, Meta(description="a route that it took")] = None
    since: When = None
    until: When = None
    q: Fragment = None
    limit: Limit = LIMIT
    cursor: Annotated[
        Annotated[str, Meta(pattern=PLACE)] | None, Meta(description="what `next` of an earlier page gave")
    ] = None

    def sieve(self) -> EventSieve:
        """Raises Refused (400)."""
        return EventSieve(
            source=self.source,
            type=self.type,
            state=self.state,
            route=self.route,
            since_ms=instant_ms(self.since, "since"),
            until_ms=instant_ms(self.until, "until"),
            text=self.q,
        )


class EventList(msgspec.Struct, frozen=True, kw_only=True):
    """`next`: the cursor of the following page. A page may be empty and have one: a call looks at 10,000 at most."""

    events: list[EventShown]
    next: str | None


class Documents(msgspec.Struct, frozen=True, kw_only=True):
    """What its source's `fetch:` read; empty where nothing is."""

    documents: dict[str, Any]


class EventReplayed(msgspec.Struct, frozen=True, kw_only=True):
    """`made`: ids of deliveries that it lacked; `reopened`: of those whose route had failed. The rest is as it was."""

    made: list[str]
    reopened: list[str]
    event: EventShown


class Events:
    def __init__(self, store: Store, config: Callable[[], Config], rerouting: Rerouting) -> None:
        self._store, self._config, self._rerouting = store, config, rerouting

    @call("GET /api/events", "Events, newest first")
    async def many(self, asked: Asked[EventQuery]) -> EventList:
        query, mask = asked.given, self._config().mask
        page = await self._store.events(query.cursor, query.limit, query.sieve())
        return EventList(events=[status.event(one, mask) for one in page.events], next=page.next)

    @call("GET /api/events/{id}", "An event with its deliveries and their attempts", (404,))
    async def one(self, asked: Asked[Nothing]) -> EventShown:
        return await self._shown(asked.named)

    @call("GET /api/events/{id}/body", "The bytes of an event as they came", (404, 410))
    async def body(self, asked: Asked[Nothing]) -> Response:
        event = _with_body((await self._found(asked.named)).event)
        return _bytes(event.body, event.content_type)

    @call(
        "GET /api/events/{id}/whole",
        "The bytes of the POST that an event came in, which may have held others",
        (404, 410),
    )
    async def whole(self, asked: Asked[Nothing]) -> Response:
        event = await self._store.with_whole(_with_body((await self._found(asked.named)).event))
        whole = event.whole if event.post else event.body
        if whole is None:
            raise Refused(404, "not_kept", _("the POST that it came in isn't kept any more"))
        return _bytes(whole, event.headers.get("content-type", "application/octet-stream"))

    @call("GET /api/events/{id}/documents", "The documents that were read for an event, by name", (404, 410))
    async def documents(self, asked: Asked[Nothing]) -> Documents:
        event = _with_body((await self._found(asked.named)).event)
        found = await self._store.fetched(event.id)
        return Documents(documents={name: decode_json(document) for name, document in found.items()})

    @call(
        "POST /api/events/{id}/replay", "Route an event by the file of today, and make only what it lacks", (404, 409)
    )
    async def replay(self, asked: Asked[Why]) -> EventReplayed:
        found = await self._rerouting.route(asked.named, asked.by, asked.given.note)
        event = await self._shown(asked.named)
        return EventReplayed(made=found.made, reopened=found.reopened, event=event)

    async def _shown(self, event_id: str) -> EventShown:
        return status.event(await self._found(event_id), self._config().mask)

    async def _found(self, event_id: str) -> EventView:
        view = await self._store.event(event_id)
        if view is None:
            raise Refused(404, "unknown_event", _("there is no event {name}", name=repr(event_id[:60])))
        return view


def _with_body(event: Event) -> Event:
    """Raises Refused (410)."""
    if event.bare_ms:
        raise Refused(
            410,
            "body_removed",
            _("it was removed on {at}, after its time (retention)", at=rfc3339(event.bare_ms)),
        )
    return event


def _bytes(data: bytes, content_type: str) -> Response:
    """To be kept, and never shown as a page."""
    headers = {"X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment"}
    return Response(data, headers=headers, media_type=content_type)
