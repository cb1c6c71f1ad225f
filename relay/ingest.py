"""From a request to a stored event: admit, verify, parse, route, accept. Nothing is answered before it is durable."""

import hashlib
import ipaddress
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from relay import callback, following
from relay.configuration import Config
from relay.delivery import Draft, State
from relay.errors import ExpressionError, Forged, Refused, StoreUnavailable
from relay.event import Event, event_id, pack
from relay.language.expression import Value
from relay.money import BadJson, decode_json
from relay.plain import text
from relay.points import Point, reached
from relay.rate import Rate, Seldom
from relay.route import bounded, taken
from relay.signature import Received
from relay.source import Source
from relay.store import Accepted, Blob, Entry, Store
from relay.times import rfc3339

RETRY_AFTER_S = 5
TOLD_EVERY_S = 10.0
CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})
JSON_TYPES = frozenset({"", "application/json", "text/json", "text/plain", "application/octet-stream"})

log = logging.getLogger("relay.ingest")


class Ingest:
    """The way in. `config` gives the configuration in force."""

    def __init__(self, store: Store, config: Callable[[], Config]) -> None:
        self._store, self._config = store, config
        self._rates: dict[str, Rate] = {}
        self._refusals = Seldom(TOLD_EVERY_S)

    def source(self, name: str) -> Source:
        """Raises Refused (404)."""
        source = self._config().sources.get(name)
        if source is None:
            raise Refused(404, "unknown_source", f"there is no source {name[:60]!r}")
        return source

    def admit(self, source: Source, sender: str, headers: Mapping[str, str]) -> None:
        """What can be told before the body is read. Raises Refused."""
        if source.allow and not _inside(sender, source):
            raise Refused(401, "unauthorised", "this sender isn't among the source's networks")
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise Refused(415, "unsupported_encoding", "send the body as it is, without Content-Encoding")

    def _count(self, source: Source) -> None:
        """Only what is proven counts, so that a stranger can't use up a source's allowance."""
        if source.rate:
            wait_s = self._rates.setdefault(source.name, Rate()).wait_s(source.rate, time.monotonic())
            if wait_s > 0:
                raise Refused(429, "too_many_requests", f"more than {source.rate:g} a second", max(1, round(wait_s)))

    async def receive(self, source: Source, received: Received) -> Accepted:
        """Verifies and stores. Raises Refused with what the sender is told."""
        try:
            source.scheme.verify(received, source.secrets, time.time())
        except Forged as fault:
            raise Refused(401, "unauthorised", str(fault)) from None
        self._count(source)
        _check_type(received.headers.get("content-type", ""))
        try:
            body = decode_json(received.body)
        except BadJson as fault:
            raise Refused(400, "bad_json", str(fault)) from None
        config = self._config()
        entry = _entry(source, received, body, config)
        reached(Point.WEB_ACCEPTING)
        try:
            accepted = await self._store.accept(entry)
        except StoreUnavailable as fault:
            self._tell(fault)
            raise Refused(503, "not_durable", "it can't be stored now; send it again", RETRY_AFTER_S) from fault
        reached(Point.WEB_ACCEPTED)
        return accepted

    def _tell(self, fault: StoreUnavailable) -> None:
        if count := self._refusals.count(time.monotonic()):
            log.warning("%s refused, not durable: %s", count, fault)


def _inside(sender: str, source: Source) -> bool:
    try:
        address = ipaddress.ip_address(sender)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return any(mapped in network for network in source.allow)


def _check_type(content_type: str) -> None:
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in JSON_TYPES and not kind.endswith("+json"):
        raise Refused(415, "unsupported_type", "send JSON with Content-Type: application/json")


def _entry(source: Source, received: Received, body: Any, config: Config) -> Entry:
    now_ms = time.time_ns() // 1_000_000
    evt = event_id(now_ms, secrets.token_bytes(8))
    digest = hashlib.blake2b(received.body, digest_size=8)
    hidden = CREDENTIALS | source.hidden
    headers = {name: value for name, value in received.headers.items() if name not in hidden}
    seen = {"event": {"source": source.name, "headers": received.headers}, "body": body}
    event = Event(
        id=evt,
        source=source.name,
        type=_told(source.type, seen) or "",
        external_id=_told(source.id, seen) or digest.hexdigest(),
        headers=headers,
        body=received.body,
        config=config.version,
    )
    names = {"event": event.names(rfc3339(now_ms)), "body": body}
    routed = config.router.route(event, names)
    routed += following.of_born_dead(routed, event, now_ms, now_ms, config)
    event = msgspec.structs.replace(event, routes=taken(routed), deliveries=tuple(draft.id for draft in routed))
    return Entry(
        evt=evt,
        mark=f"u:{source.name}:{bounded(event.external_id)}",
        digest=Blob(digest.digest()),
        window_ms=source.dedupe_ms,
        on_differs=source.on_differs,
        packed=Blob(pack(event)),
        deliveries=routed,
        callbacks=[callback.of_draft(source.callback, draft) for draft in routed],
        differing=[
            callback.of_draft(source.callback, _differing(draft)) for draft in routed if source.on_differs == "hold"
        ],
    )


def _differing(draft: Draft) -> Draft:
    """As it is where the same id came before with another body."""
    reason = "differs: the same id came before with another body"
    return msgspec.structs.replace(draft, state=State.HELD, reason=reason)


def _told(value: Value | None, names: Mapping[str, Any]) -> str | None:
    """What the source's `type` or `id` says; None where it says nothing, for that is no reason to refuse an event."""
    try:
        return text(value.evaluate(names)) if value else None
    except ExpressionError:
        return None
