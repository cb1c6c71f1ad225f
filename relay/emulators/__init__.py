"""Emulators: the systems that Relay posts to, played over real HTTP from what their makers document.

An emulator is a file here that holds a class `Played`; it is registered by existing, under its file's name with
hyphens. Emulators and presets never import each other, so that one misreading doesn't hide in both.
"""

from importlib import import_module
from pathlib import Path

from relay.emulators.stage.books import Books
from relay.emulators.stage.emulator import Emulator
from relay.emulators.stage.knobs import Knobs
from relay.errors import RelayError
from relay.nearest import nearest

_HERE = Path(__file__).parent


def names() -> list[str]:
    """The systems that can be played, sorted."""
    return sorted(file.stem.replace("_", "-") for file in _HERE.glob("[a-z]*.py"))


def emulator(name: str, knobs: Knobs | None = None) -> Emulator:
    """A system with empty books. Raises RelayError for a name that isn't one, with the nearest that is."""
    if name not in names():
        raise RelayError(f"there is no emulator {name[:40]!r}", remedy=nearest(name, names()))
    module = import_module(f"{__name__}.{name.replace('-', '_')}")
    played: Emulator = module.Played(Books(), knobs or Knobs())
    return played
