"""Where the relay of a routes.yaml listens for people and programs, for commands that look for it."""

from collections.abc import Mapping
from pathlib import Path

from relay.config.document import read
from relay.config.kinds import Listener
from relay.config.places import Faults
from relay.config.variables import Variables
from relay.errors import RelayError

SECTION = "server"


def admin_of(path: Path, env: Mapping[str, str]) -> tuple[str, int] | None:
    """`server.admin`, as address and port. None where there is none, or where that can't be told: a fault of the file
    is told by whoever loads it."""
    try:
        faults = Faults(path.name)
        document = read(path.read_bytes(), faults)
        document.tree = {SECTION: document.tree[SECTION]}
        Variables(document, faults, env, path.parent).expand()
        listener = Listener(document.tree[SECTION]["admin"])
    except (OSError, RelayError, LookupError, TypeError, ValueError, AttributeError):
        return None
    return listener.host, listener.port
