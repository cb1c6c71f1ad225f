"""Alerts: what Relay tells of itself as events of the built-in source `relay`, and what their bodies hold. Pure."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol

import msgspec

from relay.texts import N_, _
from relay.times import rfc3339


class Kind(StrEnum):
    """The event's type."""

    DOWN = "destination.down"
    UP = "destination.up"
    STOPPED = "destination.stopped"
    DEAD = "delivery.dead"
    HELD = "delivery.held"
    REFUSED = "source.refused"
    UNROUTED = "event.unrouted"
    LOST = "worker.lost"
    CONFIG = "config.refused"


class Notice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a process noticed itself. `subject`: a source, or what tells it from others. `wait_ms`: it is told then, and
    not when the others of its group were gathered. `once_ms`: another of it is left out in that time. `many`: how often
    it happened."""

    kind: Kind
    subject: str
    wait_ms: int | None = None
    once_ms: int | None = None
    many: int = 1
    example: str | None = None
    reason: str | None = None


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A group that is to be told now. `subject`: a destination, a source or nothing. `since_ms`, `last_ms`: the first
    and the last of it. `examples`: a few ids. `reasons`: the first, and how often each was given."""

    id: str
    kind: Kind
    subject: str
    count: int
    since_ms: int
    last_ms: int
    examples: Sequence[str] = ()
    reasons: Mapping[str, int] = MappingProxyType({})


class Alerts(Protocol):
    """Where alerts are gathered. All raise StoreUnavailable."""

    async def listen(self, listens: bool) -> None: ...
    async def take(self, worker: str) -> list[Alert]: ...
    async def notice(self, notices: Sequence[Notice]) -> None: ...
    async def alerted(self, ids: Sequence[str]) -> None: ...
    async def goodbye(self, worker: str) -> None: ...


def body(alert: Alert) -> dict[str, Any]:
    """What docs/alerts.md promises. `text`: a line for a person, in the language that is spoken."""
    told = {"type": str(alert.kind), "at": rfc3339(alert.last_ms), **_BODIES[alert.kind](alert)}
    return {**told, "text": _(_TEXTS[alert.kind], **told, first=_first(alert))}


def _first(alert: Alert) -> str:
    return next(iter(alert.reasons), "")


def _down(alert: Alert) -> dict[str, Any]:
    resumes = _("a probe that is answered, by itself; or: relay resume {subject}", subject=alert.subject)
    return {**_place(alert), "reason": _first(alert), "resumes": resumes}


def _up(alert: Alert) -> dict[str, Any]:
    return {**_place(alert), "lasted_s": max(0, alert.last_ms - alert.since_ms) // 1000}


def _stopped(alert: Alert) -> dict[str, Any]:
    name = _("DESTINATION, for each") if alert.subject == EVERY_LANE else alert.subject
    return {**_place(alert), "reason": _first(alert), "resumes": f"relay resume {name}"}


def _place(alert: Alert) -> dict[str, Any]:
    return {"destination": alert.subject, "since": rfc3339(alert.since_ms)}


def _counted(alert: Alert) -> dict[str, Any]:
    reasons = [{"reason": reason, "count": count} for reason, count in alert.reasons.items()]
    return {"count": alert.count, "since": rfc3339(alert.since_ms), "reasons": reasons}


def _ended(alert: Alert) -> dict[str, Any]:
    return {"destination": alert.subject, **_counted(alert), "examples": list(alert.examples)}


def _refused(alert: Alert) -> dict[str, Any]:
    return {"source": alert.subject, **_counted(alert)}


def _unrouted(alert: Alert) -> dict[str, Any]:
    found = _counted(alert)
    del found["reasons"]
    return {"source": alert.subject, **found, "examples": list(alert.examples)}


def _lost(alert: Alert) -> dict[str, Any]:
    return {"count": alert.count, "since": rfc3339(alert.since_ms), "examples": list(alert.examples)}


def _config(alert: Alert) -> dict[str, Any]:
    return {"version": alert.subject, "reason": _first(alert)}


EVERY_LANE = "*"
_BODIES = {
    Kind.DOWN: _down,
    Kind.UP: _up,
    Kind.STOPPED: _stopped,
    Kind.DEAD: _ended,
    Kind.HELD: _ended,
    Kind.REFUSED: _refused,
    Kind.UNROUTED: _unrouted,
    Kind.LOST: _lost,
    Kind.CONFIG: _config,
}
_TEXTS = {
    Kind.DOWN: N_("{destination} is down: {reason}"),
    Kind.UP: N_("{destination} is up again after {lasted_s} s"),
    Kind.STOPPED: N_("{destination} was stopped and waits for a person: {reason}"),
    Kind.DEAD: N_("{count} dead for {destination}: {first}"),
    Kind.HELD: N_("{count} held for {destination}: {first}"),
    Kind.REFUSED: N_("{count} requests to {source} were refused: {first}"),
    Kind.UNROUTED: N_("{count} events of {source} take no route"),
    Kind.LOST: N_("{count} workers are lost"),
    Kind.CONFIG: N_("a change of the configuration is refused: {reason}"),
}
