"""POST /in/{source}: takes a request as it comes, counted as it streams, and hands it to ingest. GET is for handshakes.

An ASGI application of its own: Starlette's requests, answers and layers cost as much as all the rest of an accept.
"""

import time
from collections.abc import Callable
from typing import Literal
from urllib.parse import parse_qsl

import msgspec
from msgspec import UNSET, UnsetType
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from relay.configuration import Config
from relay.errors import Refused
from relay.ingest import Ingest, Taken
from relay.refusing import Refusing
from relay.reply import Reply
from relay.signature import Received
from relay.source import Source
from relay.store import Accepted
from relay.turned import Away
from relay.web.access import Access
from relay.web.address import address_of
from relay.web.answers import fault, nowhere, refusal
from relay.web.body import Bodies
from relay.web.declared import ANYTHING, Open
from relay.web.sender import sender_of

PATH = "/in/"
NEW = b'{"id":"%s","deliveries":%d}'
KNOWN = b'{"id":"%s","duplicate":true}'
EVENTS = b'{"events":[%s]}'
_TYPE = (b"content-type", b"application/json")


class EventTaken(msgspec.Struct, frozen=True, kw_only=True):
    """`deliveries`: how many a new one has; `duplicate`: of one that is known."""

    id: str
    deliveries: int | UnsetType = UNSET
    duplicate: Literal[True] | UnsetType = UNSET


class EventsTaken(msgspec.Struct, frozen=True, kw_only=True):
    """Those of a POST that held several."""

    events: list[EventTaken]


_TAKEN = {200: (EventTaken, EventsTaken, ANYTHING), 202: (EventTaken, EventsTaken)}
_REFUSED = {
    400: "it isn't what the source sends",
    401: "it doesn't prove that its source sent it, or is too old",
    404: "there is no such source",
    413: "it is too large",
    415: "its content type or encoding isn't what the source sends",
    429: "it is over the source's rate; Retry-After says when to send it again",
    503: "it can't be made durable now; Retry-After says when to send it again",
}
_POSTED = (
    "A source sends an event: 202 once a new one is durable, 200 for a known one, or the answer that its platform \
demands"
)
DECLARED = (
    Open("POST /in/{source}", _POSTED, _TAKEN, _REFUSED, takes=True),
    Open("POST /in/{source}/{secret}", f"{_POSTED}; the secret may stand here", _TAKEN, _REFUSED, takes=True),
    Open("GET /in/{source}", "A platform's handshake", {200: (ANYTHING,)}, _REFUSED),
    Open("GET /in/{source}/{secret}", "A platform's handshake", {200: (ANYTHING,)}, _REFUSED),
)


class Inbox:
    """`config` gives the configuration in force; `counted` hears of each request of a source that is turned away, and
    by which code."""

    def __init__(
        self,
        ingest: Ingest,
        config: Callable[[], Config],
        refusing: Refusing,
        counted: Callable[[str, str], object] = lambda _source, _code: None,
    ) -> None:
        self._ingest, self._config, self._refusing, self._counted = ingest, config, refusing, counted
        self._bodies, self._access = Bodies(), Access(config)

    def routes(self) -> list[Route]:
        """For other methods, which are told that they are wrong: HEAD too, which Starlette adds to GET."""
        found = [Route(path, self) for path in dict.fromkeys(one.path for one in DECLARED)]
        for each in found:
            each.methods = {one.method for one in DECLARED if one.path == each.path}
        return found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """202 for a new event, 200 for one that is known; a fault of Relay's own is in the log."""
        began, received = time.perf_counter(), None
        try:
            source, received = await self._request(scope, receive)
            answered = await self._ingest.receive(source, received)
        except Refused as error:
            self._access.refused(scope, error, began)
            self._turn_away(scope, received, error)
            answer = refusal(error)
        except Exception as error:  # noqa: BLE001 - it is told
            self._access.failed(scope, error)
            answer = fault()
        else:
            if source.refused and answered is source.refused:
                self._turn_away(scope, received, Refused(source.refused.status, "unauthorised", ""))
            status = await _answer(answered, send)
            return self._access.answered(scope, status, began)
        return await answer(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive) -> tuple[Source, Received]:
        """Raises Refused."""
        name, secret = _parts(scope["path"])
        source = self._ingest.source(name)
        if scope["method"] == "GET" and not source.greets_by_get:
            raise nowhere()
        headers = _headers(scope)
        sender = _sender(scope, headers, self._config()) if source.allow else ""
        self._ingest.admit(source, sender, headers)
        received = Received(
            method=scope["method"],
            url=address_of(source, scope, headers, self._config()) if source.signs_url else "",
            headers=headers,
            query=_query(scope["query_string"]),
            body=await self._bodies.read(receive, source.max_body),
            secret_path=secret,
            vars=source.vars,
        )
        return source, received

    def _turn_away(self, scope: Scope, received: Received | None, error: Refused) -> None:
        """Kept for a while, so that people see it and can let it in; nobody waits for that."""
        name, headers = scope["path"].split("/")[2], _headers(scope)
        config = self._config()
        source = config.sources.get(name)
        if source and error.status < 500:  # the others are no fault of the source's
            self._counted(name, error.code)
        self._refusing.note(
            Away(
                name=name,
                source=source,
                received=received,
                headers=headers,
                method=scope["method"],
                sender=_sender(scope, headers, config),
                error=error,
                at_ms=time.time_ns() // 1_000_000,
            )
        )


async def _answer(answered: Taken | Reply, send: Send) -> int:
    """The status that was sent."""
    if isinstance(answered, Reply):
        kind = ((b"content-type", answered.content_type.encode("latin-1")),) if answered.content_type else ()
        return await _send(answered.status, kind, answered.body, send)
    if isinstance(answered, list):
        status = max((_status(one) for one in answered), default=200)
        return await _send(status, (_TYPE,), EVENTS % b",".join(map(_told, answered)), send)
    return await _send(_status(answered), (_TYPE,), _told(answered), send)


def _status(accepted: Accepted) -> int:
    return 200 if accepted.status == "duplicate" else 202


def _told(accepted: Accepted) -> bytes:
    id_ = accepted.id.encode()
    return KNOWN % id_ if accepted.status == "duplicate" else NEW % (id_, accepted.deliveries)


async def _send(status: int, headers: tuple[tuple[bytes, bytes], ...], body: bytes, send: Send) -> int:
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": (*headers, length)})
    await send({"type": "http.response.body", "body": body})
    return status


def _parts(path: str) -> tuple[str, str | None]:
    """A source's name, and what may stand behind it. Raises Refused (404)."""
    name, slash, secret = path.removeprefix(PATH).partition("/")
    if not name or (slash and not secret) or "/" in secret:
        raise nowhere()
    return name, secret or None


def _headers(scope: Scope) -> dict[str, str]:
    """Names in lower case, repeated ones joined as HTTP does."""
    found: dict[str, str] = {}
    for raw, written in scope["headers"]:
        name, value = raw.decode("latin-1"), written.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _sender(scope: Scope, headers: dict[str, str], config: Config) -> str:
    peer = scope["client"][0] if scope["client"] else ""
    return sender_of(headers.get("x-forwarded-for", ""), peer, config.trusted_proxies)


def _query(written: bytes) -> dict[str, str]:
    return dict(parse_qsl(written.decode("latin-1"), keep_blank_values=True)) if written else {}
