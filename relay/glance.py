"""Lanes, workers and Redis as people and programs are shown them: how they stand, since when, and what would
resume them."""

from relay.status import Shown
from relay.times import rfc3339
from relay.views import LaneView, RedisView, WorkerView


class LaneShown(Shown, frozen=True):
    """A lane. `ready`, `waiting`, `in_flight` and `parked` (behind an earlier one of the same order key, or waiting
    to be told that it is confirmed) are open.
    `stopped`: why it stands still; `resumes`: what would let it go on; `next_at`: when it is tried next by itself."""

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


class StatusShown(Shown, frozen=True):
    """The whole. `ready`: whether accepts are possible; `why`: what is wrong where they aren't."""

    version: str
    config: str
    ready: bool
    why: str | None
    redis: RedisView
    workers: list[WorkerView]
    lanes: list[LaneShown]


def lane(view: LaneView) -> LaneShown:
    shown = {name: getattr(view, name) for name in LaneShown.__struct_fields__ if hasattr(view, name)}
    next_ms = view.probe_ms or view.throttled_ms
    stopped = view.stopped or (view.throttled_ms and "its destination asked to be left alone for a while") or None
    return LaneShown(
        **{**shown, "stopped": stopped, "decided": view.decided and f"{rfc3339(view.decided_ms or 0)} {view.decided}"},
        since=rfc3339(view.since_ms) if view.since_ms else None,
        resumes=_resumes(view),
        next_at=rfc3339(next_ms) if next_ms and not view.paused else None,
    )


def _resumes(view: LaneView) -> str | None:
    by_hand = f"relay resume {view.destination}"
    if view.paused and (view.stopped or "").startswith("stopped:"):
        return f"mend the cause, then {by_hand} and relay replay --destination {view.destination} --state dead"
    if view.paused:
        return by_hand
    if view.breaker == "half-open":
        return f"the probe that is under way, if it is answered; or {by_hand}"
    if view.breaker == "open":
        return f"a probe that is answered; or {by_hand}"
    return "by itself" if view.throttled_ms else None
