"""From what a source sent to what the store accepts: one event, or each item of a POST that is split. Pure."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from relay import callback, thin
from relay.configuration import Config
from relay.contents import Contents
from relay.delivery import Draft, State
from relay.errors import ExpressionError
from relay.event import Event, LetIn, pack
from relay.known import Known
from relay.money import encode_json
from relay.route import bounded, taken
from relay.signature import Received
from relay.source import Source
from relay.store import Blob, Entry
from relay.texts import _
from relay.times import rfc3339

CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})


class Coming(msgspec.Struct, frozen=True, kw_only=True):
    """What all events of one request have in common. `headers`: without credentials; `body`: as it came;
    `now_ms`: since 1970. `let_in`: where it was refused at first."""

    source: Source
    config: Config
    headers: dict[str, str]
    body: bytes
    now_ms: int
    let_in: LetIn | None = None


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes one event. `body`: the bytes that are kept; `told_by`: those that tell it from another with its id;
    `seen`: what the source's expressions see."""

    body: bytes
    told_by: bytes
    seen: Mapping[str, Any]
    part: int | None = None
    post: str | None = None


def coming(source: Source, received: Received, config: Config, now_ms: int, let_in: LetIn | None = None) -> Coming:
    hidden = CREDENTIALS | source.hidden
    headers = {name: value for name, value in received.headers.items() if name not in hidden}
    return Coming(source=source, config=config, headers=headers, body=received.body, now_ms=now_ms, let_in=let_in)


def single(received: Received, contents: Contents, seen: Mapping[str, Any]) -> Piece:
    """All of a request. What was sealed is told by what it holds: a cipher differs each time it is sent."""
    told_by = received.body if contents.plain is None else contents.plain
    return Piece(body=received.body, told_by=told_by, seen=seen)


def pieces(post: str, items: Sequence[Any], seen: Mapping[str, Any]) -> Iterator[Piece]:
    """Each item as JSON of its own, its digits and the order of its keys as they came. Raises RelayError."""
    for part, item in enumerate(items, 1):
        body = encode_json(item)
        yield Piece(body=body, told_by=body, seen={**seen, "body": item}, part=part, post=post)


def told_id(source: Source, seen: Mapping[str, Any]) -> str | None:
    """What its source says makes it the same event; None where it says nothing. Raises ExpressionError where that
    can't be told."""
    if source.id is None:
        return None
    found = source.id.printed(seen)
    if not found:
        raise ExpressionError(_("it is empty"), source.id.where)
    return found


def event_of(came: Coming, piece: Piece, evt: str, external_id: str | None) -> tuple[Event, bytes]:
    """The event before it is routed, and the hash of its bytes, by which it is known without an id of its own."""
    source, seen = came.source, piece.seen
    digest = hashlib.blake2b(piece.told_by, digest_size=8)
    event = Event(
        id=evt,
        source=source.name,
        type=_type(source, seen),
        external_id=_of_part(source, piece.part, external_id) if external_id else digest.hexdigest(),
        headers=came.headers,
        body=piece.body,
        config=came.config.version,
        part=piece.part,
        post=piece.post,
        whole=came.body if piece.post else None,
        let_in=came.let_in,
    )
    return event, digest.digest()


def entry(came: Coming, piece: Piece, evt: str, external_id: str | None) -> Entry:
    """Routed, and ready to be accepted."""
    source, seen = came.source, piece.seen
    event, digest = event_of(came, piece, evt, external_id)
    names = {"event": event.names(rfc3339(came.now_ms)), "body": seen["body"], "whole": seen["whole"]}
    known = Known(event=event, received_ms=came.now_ms, opening=source.opening)
    routed = thin.drafts(known, came.config, names, came.now_ms)
    event = msgspec.structs.replace(event, routes=taken(routed), deliveries=tuple(draft.id for draft in routed))
    return Entry(
        evt=evt,
        mark=mark_of(event),
        digest=Blob(digest),
        window_ms=source.dedupe_ms,
        on_differs=source.on_differs,
        packed=Blob(pack(event)),
        deliveries=routed,
        callbacks=[callback.of_draft(source.callback, draft) for draft in routed],
        differing=[
            callback.of_draft(source.callback, _differing(draft)) for draft in routed if source.on_differs == "hold"
        ],
    )


def mark_of(event: Event) -> str:
    """Where the store notes that it came."""
    return f"u:{event.source}:{bounded(event.external_id)}"


def _of_part(source: Source, part: int | None, external_id: str) -> str:
    """An id that doesn't look at the item is that of the POST, and the same for all its items."""
    is_of_post = part is not None and source.id is not None and "body" not in source.id.asked
    return f"{external_id}-{part}" if is_of_post else external_id


def _differing(draft: Draft) -> Draft:
    """As it is where the same id came before with another body."""
    reason = _("differs: the same id came before with another body")
    return msgspec.structs.replace(draft, state=State.HELD, reason=reason)


def _type(source: Source, seen: Mapping[str, Any]) -> str:
    """Nothing where the source says nothing, or where it can't be told: that is no reason to refuse an event."""
    try:
        return source.type.printed(seen) if source.type else ""
    except ExpressionError:
        return ""
