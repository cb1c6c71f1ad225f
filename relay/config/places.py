"""Where things stand in a file, and the faults found there, in the order of the file."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from relay.errors import WARNING, ConfigError, Fault, RelayError


class Place(NamedTuple):
    """A line and a column, both from 1."""

    line: int
    column: int


class Faults:
    """Collects what is wrong, so that one load tells all of it, and what is only suspicious. The same at the same place
    is told once. `mask` hides secrets that stand where they shouldn't."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.mask: Callable[[str], str] = str
        self._found: dict[tuple[str, Place, str], Fault] = {}
        self._warned: dict[tuple[str, Place, str], Fault] = {}

    def add(self, place: Place, what: str, remedy: str = "", file: str = "") -> None:
        """`file`: where it stands, if elsewhere than in the file that is being read."""
        fault = Fault(file or self.file, *place, self.mask(what), remedy)
        self._found.setdefault((fault.file, place, what), fault)

    def warn(self, place: Place, what: str, remedy: str = "") -> None:
        """What is legal and suspicious."""
        warning = Fault(self.file, *place, self.mask(what), remedy, severity=WARNING)
        self._warned.setdefault((warning.file, place, what), warning)

    def caught(self, place: Place, error: RelayError) -> None:
        """An error of a part that knows nothing of files, told at its place."""
        self.add(place, error.what, error.remedy)

    def __bool__(self) -> bool:
        """Whether there is a fault; warnings are none."""
        return bool(self._found)

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """In the order of the file."""
        return _ordered(self._warned.values())

    def error(self) -> ConfigError:
        """All of them as one error."""
        return ConfigError(_ordered(self._found.values()), self.warnings)

    def raise_any(self) -> None:
        """Raises ConfigError if there is any fault."""
        if self:
            raise self.error()


def _ordered(found: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(found, key=lambda fault: (fault.file, fault.line, fault.column)))
