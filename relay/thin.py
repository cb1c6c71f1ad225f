"""Thin events: what their source fetches is read first, one document after another, and then they are routed. Pure."""

from collections.abc import Mapping, Sequence
from itertools import dropwhile
from typing import Any

import msgspec

from relay import callback, following, rendering
from relay.configuration import Config
from relay.delivery import Draft, State, delivery_id
from relay.destination import Answer
from relay.errors import ExpressionError
from relay.fetch import Fetch
from relay.known import Known
from relay.money import encode_json
from relay.route import Unusable, bounded, holds, key_of
from relay.store import Blob, Claimed, Made


def drafts(known: Known, config: Config, names: Mapping[str, Any], at_ms: int) -> list[Draft]:
    """What an event leads to as it comes: the first fetch that it needs, else its routes, with what follows those that
    are born dead at `at_ms`. `names`: what `known` gives."""
    fetches = config.fetches.get(known.event.source, ())
    draft = _next(fetches, known, names, None) if fetches and _has_shape(known, config, names) else None
    return [draft] if draft else _routed(known, config, names, at_ms)


def first(known: Known, config: Config) -> Draft | None:
    """The fetch with which all is read anew; None where its source fetches nothing for it."""
    return _next(config.fetches.get(known.event.source, ()), known, known.names(), None)


def today(known: Known, config: Config, at_ms: int) -> list[Draft]:
    """What an event that is stored leads to now: the first fetch whose document isn't there, else its routes."""
    names = known.names()
    left = [each for each in config.fetches.get(known.event.source, ()) if each.name not in known.fetched]
    draft = _next(left, known, names, None) if left and _has_shape(known, config, names) else None
    return [draft] if draft else _routed(known, config, names, at_ms)


def again(route: str, known: Known, config: Config) -> list[Draft]:
    """One fetch as it would be made today."""
    found = [fetch for fetch in config.fetches.get(known.event.source, ()) if fetch.route == route]
    drafted = [_draft(fetch, known, known.names(), None) for fetch in found]
    return [draft for draft in drafted if draft]


class Led(msgspec.Struct, frozen=True, kw_only=True):
    """A document that was read, as JSON, and what it leads to: the next fetch, or the deliveries of routes."""

    document: Blob
    made: Sequence[Made]


def led_on(fetch: Fetch, claimed: Claimed, answer: Answer, config: Config, at_ms: int) -> Led:
    """What follows a fetch that was answered at `at_ms`."""
    document = Blob(encode_json(fetch.read(answer)))
    event, fetched = claimed.event, {**claimed.fetched, fetch.name: document}
    known = Known(event=event, received_ms=claimed.received_ms, fetched=fetched, opening=claimed.opening)
    left = list(dropwhile(lambda each: each.name != fetch.name, config.fetches.get(event.source, ())))[1:]
    names = known.names()
    draft = _next(left, known, names, claimed.order_key)
    found = [draft] if draft else _routed(known, config, names, at_ms)
    told = config.callback_of(event.source)
    return Led(document=document, made=[callback.telling(told, each) for each in found])


def _routed(known: Known, config: Config, names: Mapping[str, Any], at_ms: int) -> list[Draft]:
    routed = config.router.route(known.event, names)
    return [*routed, *following.of_born_dead(routed, known, at_ms, config)]


def _has_shape(known: Known, config: Config, names: Mapping[str, Any]) -> bool:
    """What its source's schema refuses isn't asked about: its routes say so."""
    schema = config.sources[known.event.source].schema
    return schema is None or schema.fault(names["body"], "body") is None


def _next(fetches: Sequence[Fetch], known: Known, names: Mapping[str, Any], order: str | None) -> Draft | None:
    return next((draft for fetch in fetches if (draft := _draft(fetch, known, names, order))), None)


def _draft(fetch: Fetch, known: Known, names: Mapping[str, Any], order: str | None) -> Draft | None:
    """None where the event doesn't need it. `order`: the key of the fetch before it, so that the order of events lasts
    from one to the next."""
    lane = fetch.destination.name
    drafted = Draft(
        id=delivery_id(known.event.id, fetch.route, lane), lane=lane, route=fetch.route, blocks=fetch.blocks
    )
    try:
        if not holds(fetch.when, names):
            return None
        key = key_of(fetch.order_by, "order_by", names) or order or bounded(rendering.address(fetch.destination, names))
    except Unusable as fault:
        reason = f"routing: {fetch.where}: {fault.key}: {fault.why}"
        return msgspec.structs.replace(drafted, state=State.DEAD, reason=reason)
    except ExpressionError as fault:
        return msgspec.structs.replace(drafted, state=State.DEAD, reason=f"routing: {fault}")
    return msgspec.structs.replace(drafted, order_key=key)
