"""A dry run: what an event leads to under a configuration, up to the requests as they would go out.

It asks the rules that the way in and the worker ask; nothing is stored or sent, and no signature is looked at. Pure.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from relay import proving, thin
from relay.configuration import Config
from relay.contents import Contents
from relay.delivery import FETCH, Draft, State, is_fetch
from relay.entries import Piece, coming, event_of, pieces, single, told_id
from relay.errors import ExpressionError, Refused
from relay.event import Event, event_id, post_id
from relay.known import Known
from relay.matching import RouteSeen, routes_seen
from relay.money import encode_json
from relay.outgoing import Send, send_of
from relay.proving import Moment
from relay.reply import Reply
from relay.route import OWN_SOURCE, taken
from relay.signature import Received
from relay.source import Source
from relay.texts import _

NOTHING: Mapping[str, Any] = {}
NO_CHANCE = bytes(16)


class Rehearsed(msgspec.Struct, frozen=True, kw_only=True):
    """One event. `known`: with the documents that it was given and needed; `body`: as expressions see it, None where it
    can't be read. `fetches`: what is read before it is routed; `waits_for`: the document of the last of them, where it
    isn't given, so that there are no `routes` and no `sends`. `routes`: all that take its source, in the order of the
    file. `noted`: what the way in would warn of."""

    event: Event
    known: Known
    body: Any
    fetches: tuple[Send, ...]
    routes: tuple[RouteSeen, ...]
    sends: tuple[Send, ...]
    noted: tuple[str, ...] = ()
    waits_for: str | None = None

    @property
    def takes(self) -> tuple[str, ...]:
        """The names of the routes that it takes."""
        return tuple(route.name for route in self.routes if route.taken)


def rehearse(
    config: Config, source_name: str, received: Received, documents: Mapping[str, Any] = NOTHING, now_ms: int = 0
) -> list[Rehearsed]:
    """What a request to a source leads to at `now_ms` since 1970: an event, or several where it is split; nothing where
    it is a handshake. `documents`: what its fetches are answered, as plain data, by name. Raises Refused where the
    request would be, whatever proves it, and Forged where something sealed in it can't be opened."""
    source = source_of(config, source_name)
    contents = proving.contents_of(source, received)
    if greeting(source, received, contents):
        return []
    seen, noted = proving.names(source, received, contents), list[str]()
    came = coming(source, received, config, now_ms)
    made = []
    for number, piece in enumerate(_pieces(source, received, contents, seen, noted, now_ms)):
        evt = event_id(now_ms, hashlib.blake2b(b"%d %b" % (number, piece.body), digest_size=8).digest())
        event, _digest = event_of(came, piece, evt, _told_id(source, piece.seen, noted))
        known = Known(event=event, received_ms=now_ms, opening=source.opening)
        made.append(_rehearsed(config, known, documents, noted))
    return made


def rehearse_stored(
    config: Config, event: Event, received_ms: int, documents: Mapping[str, Any] = NOTHING
) -> Rehearsed:
    """The same of a stored event as it is: its type and id stay. With `whole`, where that is asked for. Raises Refused
    where the configuration has no such source, or can't read its body, or that is removed."""
    if event.source != OWN_SOURCE:
        source_of(config, event.source)
    if event.bare_ms:
        raise Refused(410, "body_removed", _("its body was removed after its time (retention)"))
    event = msgspec.structs.replace(event, config=config.version)
    known = Known(event=event, received_ms=received_ms, opening=config.opening_of(event.source))
    try:
        return _rehearsed(config, known, documents, ())
    except ExpressionError as fault:
        raise Refused(409, "not_routed", fault.what) from None


def source_of(config: Config, name: str) -> Source:
    """Raises Refused."""
    if name not in config.sources:
        raise Refused(404, "unknown_source", _("there is no source {name}", name=repr(name[:60])))
    return config.sources[name]


def greeting(source: Source, received: Received, contents: Contents) -> Reply | None:
    """The answer to a handshake; None where it is none, or can't be answered. What is signed in a way of its own, and
    is no event's, isn't known for one."""
    secret = next(iter(source.secrets), "")
    try:
        return proving.greeted(source, received, contents, secret, Moment(0, NO_CHANCE))
    except ExpressionError:
        return None


def _pieces(
    source: Source,
    received: Received,
    contents: Contents,
    seen: Mapping[str, Any],
    noted: list[str],
    now_ms: int,
) -> Iterator[Piece] | list[Piece]:
    """What can't be split is one event, as it is on the way in. Raises Refused."""
    if source.split is not None:
        try:
            items = proving.items(source, seen)
            return pieces(post_id(now_ms, hashlib.blake2b(received.body, digest_size=8).digest()), items, seen)
        except ExpressionError as fault:
            noted.append(_("it can't be split, and is kept as one event: {why}", why=fault.what))
    return [single(received, contents, seen)]


def _told_id(source: Source, seen: Mapping[str, Any], noted: list[str]) -> str | None:
    try:
        return told_id(source, seen)
    except ExpressionError as fault:
        noted.append(_("its id can't be told, so that its hash is its id: {why}", why=fault.what))
        return None


def _rehearsed(config: Config, known: Known, documents: Mapping[str, Any], noted: Sequence[str]) -> Rehearsed:
    known, fetches, drafts = _fetched(config, known, documents)
    waits = bool(drafts) and is_fetch(drafts[0].route)
    event = msgspec.structs.replace(known.event, routes=taken(drafts), deliveries=tuple(draft.id for draft in drafts))
    known = msgspec.structs.replace(known, event=event)
    return Rehearsed(
        event=event,
        known=known,
        body=_body(known),
        fetches=tuple(fetches),
        routes=() if waits else tuple(routes_seen(config, known, drafts)),
        sends=() if waits else tuple(send_of(draft, known, config) for draft in drafts),
        noted=tuple(noted),
        waits_for=drafts[0].route.removeprefix(FETCH) if waits else None,
    )


def _fetched(config: Config, known: Known, documents: Mapping[str, Any]) -> tuple[Known, list[Send], Sequence[Draft]]:
    """One document after another, as they are read, until one is needed that isn't given; then what it leads to."""
    fetches: list[Send] = []
    while True:
        drafts = thin.today(known, config, known.received_ms)
        if not drafts or not is_fetch(drafts[0].route):
            return known, fetches, drafts
        fetches.append(send_of(drafts[0], known, config))
        name = drafts[0].route.removeprefix(FETCH)
        if name not in documents or drafts[0].state is not State.PENDING:
            return known, fetches, drafts
        known = msgspec.structs.replace(known, fetched={**known.fetched, name: encode_json(documents[name])})


def _body(known: Known) -> Any:
    try:
        return known.names()["body"]
    except ExpressionError:
        return None
