"""What a row of the benchmark is: lines with a figure of ours, figures beside it, and the aims held against them."""

from statistics import median
from typing import Literal

import msgspec


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """One figure, taken once in each round. `cpu_us`: CPU for each event, in the median, of the processes measured."""

    name: str
    values: list[float]
    cpu_us: float | None = None

    @property
    def median(self) -> float:
        return median(self.values)


class Aim(msgspec.Struct, frozen=True, kw_only=True):
    """A bound on our figure; with `beside`, on its ratio to the figure of that name."""

    bound: Literal["at least", "at most"]
    value: float
    beside: str | None = None


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """An aim and what it was held against; None where that wasn't measured."""

    aim: str
    found: float | None
    reached: bool | None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One quantity. `better` says which way; `draw` whether the picture shows it."""

    what: str
    unit: str
    ours: Series
    better: Literal["more", "less"] = "less"
    beside: list[Series] = []
    aims: list[Aim] = []
    draw: bool = True

    def ratio(self, name: str) -> float | None:
        """Ours to the other's, round by round, of which the median: what slows the machine slows both."""
        other = next((one for one in self.beside if one.name == name), None)
        if other is None or not all(other.values):
            return None
        if len(other.values) != len(self.ours.values):
            return self.ours.median / other.median
        return median(mine / its for mine, its in zip(self.ours.values, other.values, strict=True))

    def held(self) -> list[Held]:
        return [self._held(aim) for aim in self.aims]

    def _held(self, aim: Aim) -> Held:
        found = self.ratio(aim.beside) if aim.beside else self.ours.median
        sign = "≥" if aim.bound == "at least" else "≤"
        text = f"{sign} {aim.value:g} × {aim.beside}" if aim.beside else f"{sign} {aim.value:,g} {self.unit}"
        if found is None:
            return Held(aim=text, found=None, reached=None)
        return Held(aim=text, found=found, reached=found >= aim.value if sign == "≥" else found <= aim.value)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table. `notes`: what a reader has to know to believe the figures."""

    title: str
    lines: list[Line]
    notes: list[str] = []
