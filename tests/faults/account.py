"""The account of a run: what was lost, unexpected, duplicated and recovered, and whether every promise held."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from .breaking import Broken

LEASE_S, BACK_S = 10 + 2, 3


@dataclass
class Account:
    """`broken_promises`: by promise, the ids or sentences that show it; a promise that held has none."""

    seed: int
    seconds: float
    figures: dict[str, int] = field(default_factory=dict)
    broken_promises: dict[str, list[str]] = field(default_factory=dict)
    broken: Sequence[Broken] = ()

    @property
    def holds(self) -> bool:
        return not any(self.broken_promises.values())

    def lines(self) -> Iterator[str]:
        yield f"seed {self.seed}, {self.seconds / 60:.1f} minutes"
        yield ", ".join(f"{name} {count}" for name, count in self.figures.items())
        yield f"{'fault':34}{'times':>6}{'p50 s':>8}{'max s':>8}{'alone':>7}{'max s':>8}"
        yield from (_line(kind, those) for kind, those in sorted(by_kind(self.broken).items()))
        yield f"{'all':34}{len(self.broken):>6}"
        for promise, shown in self.broken_promises.items():
            yield f"{'NO ' if shown else 'yes'} {promise}" + (f" ({len(shown)})" if shown else "")
            yield from (f"      {one}" for one in shown[:20])
        yield "every promise held" if self.holds else f"NOT HELD, seed {self.seed}"


def by_kind(broken: Sequence[Broken]) -> Mapping[str, list[Broken]]:
    found: dict[str, list[Broken]] = {}
    for one in broken:
        name = str(one.fault) if one.fault.where in ("", "origin") else f"erp {one.fault.kind}"
        found.setdefault(name, []).append(one)
    return found


def _line(kind: str, those: Sequence[Broken]) -> str:
    times = [one.recovered_s for one in those if one.recovered_s is not None] or [float("nan")]
    alone = [one.recovered_s for one in those if one.recovered_s is not None and one.alone]
    of_alone = f"{len(alone):>7}{max(alone):>8.2f}" if alone and not those[0].fault.where else ""
    return f"{kind:34}{len(those):>6}{median(times):>8.2f}{max(times):>8.2f}{of_alone}"


def late(broken: Sequence[Broken], slack_s: float) -> Iterator[str]:
    """What went on later than it may, where nothing else was hurt meanwhile; `slack_s`: for a busy machine."""
    for one in broken:
        if one.recovered_s is None:
            yield f"{one.fault} didn't go on"
        elif one.alone and not one.fault.where and one.recovered_s > _bound(one.fault.kind) + slack_s:
            yield f"{one.fault} went on after {one.recovered_s:.1f} s"


def _bound(kind: str) -> float:
    return LEASE_S if "worker" in kind else BACK_S
