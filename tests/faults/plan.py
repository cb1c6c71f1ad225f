"""What breaks, and when: drawn from a seed before anything runs, so that a run can be had again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from relay.points import Point

from .routes import LANES, ORIGIN

# No lane here has steps, and no route takes alerts.
UNREACHED = (Point.WORKER_KEPT, Point.WORKER_ALERTING, Point.WORKER_ALERTED)
PROCESSES = {
    "web killed": (0, 0),
    "worker killed": (0, 0),
    "redis killed": (0, 0),
    "worker stopped": (0, 0),
    "worker frozen": (12, 14),
    "redis frozen": (0.5, 5),
    "rq keys deleted": (0, 0),
    **{f"killed at {point}": (0, 0) for point in Point if point not in UNREACHED},
}
TROUBLES = {
    "refuses": (0.5, 4),
    "hangs": (0.5, 3),
    "resets before reading": (0.5, 3),
    "resets after booking": (0.3, 2),
    "answers 500": (0.5, 3),
    "answers 429": (0.5, 2),
    "answers a login page": (0.5, 3),
    "cuts its answer": (0.3, 2),
    "redirects": (0.5, 3),
}
AT_ORIGIN = {"refuses": (1, 6), "hangs": (1, 4), "answers 500": (1, 4)}


@dataclass(frozen=True)
class Fault:
    """`at`: seconds after the start; `where`: a lane, or "" for a process; `share` of the requests meet it."""

    at: float
    kind: str
    where: str
    seconds: float
    share: float

    def __str__(self) -> str:
        return f"{self.where} {self.kind}".strip()


def plan(seed: int, seconds: float, gap_s: float) -> list[Fault]:
    """Faults over `seconds` in order of time; processes break every `gap_s` on average, others half as often."""
    tracks = [_track(Random(f"{seed} processes"), PROCESSES, "", seconds, gap_s)]
    tracks += [_track(Random(f"{seed} {lane}"), TROUBLES, lane, seconds, 2 * gap_s) for lane in LANES]
    tracks.append(_track(Random(f"{seed} origin"), AT_ORIGIN, ORIGIN, seconds, 3 * gap_s))
    return sorted((fault for track in tracks for fault in track), key=lambda fault: fault.at)


def _track(
    chance: Random, kinds: dict[str, tuple[float, float]], where: str, seconds: float, gap_s: float
) -> Iterator[Fault]:
    """One fault after another; troubles of one server don't overlap, those of processes may."""
    at = chance.uniform(0.2, gap_s)
    for kind in _dealt(chance, list(kinds)):
        if at > seconds:
            return
        lasts = chance.uniform(*kinds[kind])
        yield Fault(at, kind, where, lasts, chance.choice((0.3, 0.7, 1.0)))
        at += (lasts if where else 0) + chance.uniform(0.3, 1.7) * gap_s


def _dealt(chance: Random, kinds: Sequence[str]) -> Iterator[str]:
    """Each kind once in random order, then again: no kind is left out for long."""
    while True:
        yield from chance.sample(kinds, len(kinds))
