"""What a request proves, what it holds, and the handshakes that are answered by themselves. Pure.

Whatever is wrong with what isn't proven is one and the same Forged: an answer that told more would be an oracle.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from relay.contents import Contents, unsealed
from relay.decryption import Sealed
from relay.errors import ExpressionError, Forged, Refused, RelayError
from relay.reply import Reply, ReplyPlan, Sealing
from relay.shape import BadShape, UnknownShape, read
from relay.signature import Received
from relay.source import Handshake, Source
from relay.texts import _

NOTHING = Contents(None, None)
MOST_EVENTS = 1_000  # of one POST, which is one step of Redis, and keeps all others waiting


class Moment(msgspec.Struct, frozen=True):
    """Seconds since 1970, and bytes that were never used before, for an answer that goes out sealed."""

    now: float
    random: bytes

    def sealing(self, sealed: Sealed | None) -> Sealing | None:
        return Sealing(way=sealed.ways[0], random=self.random, now_ms=int(self.now * 1000)) if sealed else None


def prepared(source: Source, received: Received) -> Received:
    """With what the scheme reads of the body; where that can't be read, it won't find what it looks for."""
    try:
        tree = read(received.body, received.headers.get("content-type", ""), source.opening.shapes)
    except (UnknownShape, BadShape):
        return received
    received = msgspec.structs.replace(received, tree=tree)
    if not source.scheme.each:
        return received
    try:
        return msgspec.structs.replace(received, items=items(source, names(source, received, Contents(tree, tree))))
    except ExpressionError:
        return received


def contents_of(source: Source, received: Received) -> Contents:
    """What it holds, opened; nothing of a GET. Raises Refused, and Forged where something sealed can't be opened."""
    if received.method == "GET":
        return NOTHING
    try:
        return source.opening.opened(received.body, received.headers.get("content-type", ""))
    except UnknownShape as fault:
        raise Refused(415, "unsupported_type", fault.what) from None
    except BadShape as fault:
        raise Refused(400, f"bad_{fault.shape}", fault.what) from None


def names(source: Source, received: Received, contents: Contents) -> dict[str, Any]:
    """What the source's own expressions see."""
    event = {
        "source": source.name,
        "method": received.method,
        "headers": received.headers,
        "query": received.query,
    }
    return {"event": event, "body": contents.body, "whole": contents.whole}


def items(source: Source, seen: Mapping[str, Any]) -> list[Any]:
    """What `split` gives. Raises ExpressionError on anything but a list, Refused on too long a one, which is before
    anything is proven where each item proves itself."""
    if source.split is None:
        return []
    found = source.split.evaluate(seen)
    if not isinstance(found, list):
        raise ExpressionError(_("split gave no list"), source.split.where)
    if len(found) > MOST_EVENTS:
        raise Refused(
            413,
            "too_many_events",
            _("a POST may hold {most} events: send them in several", most=MOST_EVENTS),
        )
    return found


def greeted(source: Source, received: Received, contents: Contents, secret: str, moment: Moment) -> Reply | None:
    """The answer to a handshake that the source's own scheme has proven; None for an event. Raises ExpressionError."""
    for handshake in source.handshakes:
        if handshake.scheme is None and handshake.method == received.method:
            held = _held(handshake, received, contents)
            seen = names(source, received, held)
            if _is_meant(handshake, seen):
                return answered(
                    handshake.answer, {**seen, "secret": secret}, moment, handshake.sealed or source.opening.sealed
                )
    return None


def stranger(source: Source, received: Received, moment: Moment) -> Reply:
    """The answer to a handshake that proves itself in its own way. Raises Forged where there is none."""
    for handshake in source.handshakes:
        if handshake.scheme and handshake.method == received.method:
            try:
                return _proven(handshake, source, received, moment)
            except RelayError:
                continue
    raise Forged


def _proven(handshake: Handshake, source: Source, received: Received, moment: Moment) -> Reply:
    """Raises RelayError where it isn't meant, or not proven."""
    if handshake.scheme is None:
        raise Forged
    kind = received.headers.get("content-type", "")
    came = NOTHING if received.method == "GET" else source.opening.opened(received.body, kind)
    contents = _held(handshake, received, came)
    seen = names(source, received, contents)
    if not _is_meant(handshake, seen):
        raise Forged
    opened = msgspec.structs.replace(received, tree=contents.body)
    secret = handshake.scheme.verify(opened, source.secrets, moment.now) or next(iter(source.secrets), "")
    sealed = handshake.sealed or source.opening.sealed
    return answered(handshake.answer, {**seen, "secret": secret}, moment, sealed)


def _held(handshake: Handshake, received: Received, contents: Contents) -> Contents:
    """With what is sealed where this handshake has it. Raises Forged."""
    return unsealed(handshake.sealed, contents.whole, received.query) if handshake.sealed else contents


def _is_meant(handshake: Handshake, seen: Mapping[str, Any]) -> bool:
    """What its `when` misses, or can't work with, makes it another request."""
    try:
        return handshake.when is None or bool(handshake.when.evaluate(seen))
    except ExpressionError:
        return False


def answered(plan: ReplyPlan, seen: Mapping[str, Any], moment: Moment, sealed: Sealed | None) -> Reply:
    """Raises ExpressionError."""
    return plan.made(seen, moment.sealing(sealed) if plan.encrypted else None)
