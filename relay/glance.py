"""Lanes, workers and Redis as people and programs are shown them: how they stand, since when, and what would
resume them."""

from collections.abc import Container, Iterable

from relay.route import NOWHERE
from relay.standing import InForceShown
from relay.status import Shown
from relay.texts import _
from relay.times import rfc3339
from relay.views import LaneView, RedisView, WorkerView


class LaneShown(Shown, frozen=True):
    """A lane. `ready`, `waiting`, `in_flight` and `parked` (behind an earlier one of the same order key, or waiting
    to be told that it is confirmed) are open.
    `stopped`: why it stands still; `resumes`: what would let it go on; `next_at`: when it is tried next by itself.
    `configured`: whether the configuration in force has its destination."""

    destination: str
    ready: int
    waiting: int
    in_flight: int
    parked: int
    held: int
    dead: int
    oldest_s: int | None
    breaker: str
    paused: bool
    stopped: str | None
    since: str | None
    resumes: str | None
    next_at: str | None
    decided: str | None
    configured: bool


class StatusShown(Shown, frozen=True):
    """The whole. `ready`: whether accepts are possible; `why`: what is wrong where they aren't. `config`: the version
    that the answering process runs."""

    version: str
    config: str
    configuration: InForceShown
    ready: bool
    why: str | None
    redis: RedisView
    workers: list[WorkerView]
    lanes: list[LaneShown]


def lanes(views: Iterable[LaneView], destinations: Container[str]) -> list[LaneShown]:
    """One that isn't configured is shown for as long as it keeps anything. That of deliveries whose destination
    couldn't be told has none that could be taken out."""
    told = [(view, view.destination in destinations or view.destination == NOWHERE) for view in views]
    return [lane(view, configured) for view, configured in told if configured or _keeps(view)]


def lane(view: LaneView, configured: bool = True) -> LaneShown:
    shown = {name: getattr(view, name) for name in LaneShown.__struct_fields__ if hasattr(view, name)}
    next_ms = view.probe_ms or view.throttled_ms
    return LaneShown(
        **{
            **shown,
            "stopped": _stopped(view, configured),
            "decided": view.decided and f"{rfc3339(view.decided_ms or 0)} {view.decided}",
        },
        since=rfc3339(view.since_ms) if view.since_ms else None,
        resumes=_resumes(view) if configured else _put_back(view),
        next_at=rfc3339(next_ms) if next_ms and configured and not view.paused else None,
        configured=configured,
    )


def _keeps(view: LaneView) -> bool:
    return any((view.ready, view.waiting, view.in_flight, view.parked, view.held, view.dead))


def _stopped(view: LaneView, configured: bool) -> str | None:
    if not configured:
        return _("its destination isn't in the configuration any more: it keeps what it has, and nothing is sent")
    return view.stopped or (_("its destination asked to be left alone for a while") if view.throttled_ms else None)


def _put_back(view: LaneView) -> str:
    return _("put {destination} back under destinations:, or release what it has as dead", destination=view.destination)


def _resumes(view: LaneView) -> str | None:
    by_hand = f"relay resume {view.destination}"
    if view.paused and (view.stopped or "").startswith("stopped:"):
        return _(
            "mend the cause, then {by_hand} and relay replay --destination {destination} --state dead",
            by_hand=by_hand,
            destination=view.destination,
        )
    if view.paused:
        return by_hand
    if view.breaker == "half-open":
        return _("the probe that is under way, if it is answered; or {by_hand}", by_hand=by_hand)
    if view.breaker == "open":
        return _("a probe that is answered; or {by_hand}", by_hand=by_hand)
    return _("by itself") if view.throttled_ms else None
