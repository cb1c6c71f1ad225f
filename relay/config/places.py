"""Where things stand in a file, and the faults found there, in the order of the file."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from relay.config.excerpts import excerpt, without_secrets
from relay.errors import FAULT, WARNING, ConfigError, Fault, RelayError


class Place(NamedTuple):
    """A line and a column, both from 1; `file`: if it is another than the one that is read."""

    line: int
    column: int
    file: str = ""


class Faults:
    """Collects what is wrong, so that one load tells all of it, and what is only suspicious. The same at the same place
    is told once. `mask` hides secrets that stand where they shouldn't. `lines`: those of each file that was read."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.mask: Callable[[str], str] = str
        self.lines: dict[str, Sequence[str]] = {}
        self._found: dict[tuple[Place, str], Fault] = {}
        self._warned: dict[tuple[Place, str], Fault] = {}

    def add(self, place: Place, what: str, remedy: str = "") -> None:
        """What can't be used."""
        self._found.setdefault((place, what), self._fault(place, what, remedy, FAULT))

    def warn(self, place: Place, what: str, remedy: str = "") -> None:
        """What is legal and suspicious."""
        self._warned.setdefault((place, what), self._fault(place, what, remedy, WARNING))

    def keep(self, fault: Fault) -> None:
        """One that stopped whatever met it."""
        self._found[Place(fault.line, fault.column, fault.file), fault.what] = fault

    def absorb(self, other: "Faults") -> None:
        """All that was found in another file."""
        self.lines |= other.lines
        for fault in (*other.error().faults, *other.warnings):
            own = self._found if fault.severity == FAULT else self._warned
            own[Place(fault.line, fault.column, fault.file), fault.what] = fault

    def caught(self, place: Place, error: RelayError) -> None:
        """An error of a part that knows nothing of files, told at its place."""
        self.add(place, error.what, error.remedy)

    def _fault(self, place: Place, what: str, remedy: str, severity: str) -> Fault:
        file = place.file or self.file
        return Fault(file, place.line, place.column, without_secrets(self.mask(what)), remedy, severity=severity)

    def __bool__(self) -> bool:
        """Whether there is a fault; warnings are none."""
        return bool(self._found)

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """In the order of the file."""
        return self._ordered(self._warned.values())

    def error(self) -> ConfigError:
        """All of them as one error."""
        return ConfigError(self._ordered(self._found.values()), self.warnings)

    def raise_any(self) -> None:
        """Raises ConfigError if there is any fault."""
        if self:
            raise self.error()

    def _ordered(self, found: Iterable[Fault]) -> tuple[Fault, ...]:
        faults = sorted(found, key=lambda fault: (fault.file != self.file, fault.file, fault.line, fault.column))
        for fault in faults:
            fault.excerpt = excerpt(self.lines.get(fault.file, ()), fault.line, fault.column, self.mask)
        return tuple(faults)
