"""What follows the end of a delivery: one for each route that has `after:` and waits for it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from relay import callback
from relay.booking import Reversed
from relay.configuration import Config
from relay.delivery import ENDED, Draft, State
from relay.known import Known
from relay.money import decode_json, encode_json
from relay.store import Blob, Follower
from relay.times import rfc3339


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that has come to `state`. `data`: what a result rule took from the answer; `at_ms`: since 1970."""

    id: str
    route: str
    destination: str
    state: State
    document: str | None
    data: Mapping[str, Any] | None
    at_ms: int


def followers(ended: Ended, known: Known, config: Config) -> list[Follower]:
    """Those that are made by this end; `prior` in their expressions is what it came to."""
    if not config.router.leads_on(ended.route, ended.state):
        return []
    event, prior = known.event, _plain(ended)
    names = known.names(prior=prior)
    drafts = config.router.follow(event.source, ended.id, ended.route, ended.state, names)
    told, snapshot = config.callback_of(event.source), Blob(encode_json(prior))
    made = [
        Follower(
            **msgspec.structs.asdict(draft),
            after=ended.id,
            prior=snapshot,
            callbacks=callback.of_draft(told, draft),
        )
        for draft in drafts
    ]
    return [*made, *of_born_dead(made, known, ended.at_ms, config)]


def of_born_dead(drafts: Sequence[Draft], known: Known, at_ms: int, config: Config) -> list[Follower]:
    """Those that follow the ones among these that are born dead, at `at_ms`: for them that is the end."""
    dead = [_of_draft(draft, at_ms) for draft in drafts if draft.state is State.DEAD]
    return [each for ended in dead for each in followers(ended, known, config)]


def again(kept_prior: bytes, known: Known, config: Config) -> list[Draft]:
    """What the end that a follower keeps leads to by the routes of today, whichever end it was."""
    prior = decode_json(kept_prior)
    names = known.names(prior=prior)
    given = [(known.event.source, prior["delivery"], prior["route"], state, names) for state in ENDED]
    return [draft for each in given for draft in config.router.follow(*each)]


def _of_draft(draft: Draft, at_ms: int) -> Ended:
    return Ended(
        id=draft.id,
        route=draft.route,
        destination=draft.lane,
        state=draft.state,
        document=None,
        data=None,
        at_ms=at_ms,
    )


def kept(ended: Ended, config: Config) -> Blob | None:
    """What is kept with a business key where a route may reverse it."""
    booked = ended.state is State.DELIVERED and config.router.may_reverse(ended.destination)
    return Blob(encode_json(_plain(ended))) if booked else None


def of_reversed(reversed_: Reversed) -> dict[str, Any]:
    """`prior` of a reversal; only the document is known where the booking is older than the route that reverses it."""
    if reversed_.prior:
        return dict(decode_json(reversed_.prior))
    nothing = dict.fromkeys(("route", "destination", "at"))
    return {**nothing, "delivery": reversed_.delivery, "document": reversed_.document, "data": {}}


def _plain(ended: Ended) -> dict[str, Any]:
    return {
        "delivery": ended.id,
        "route": ended.route,
        "destination": ended.destination,
        "document": ended.document,
        "data": ended.data or {},
        "at": rfc3339(ended.at_ms),
    }
