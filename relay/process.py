"""What each process is given: its surroundings, and the time to stop."""

import gc
from collections.abc import Mapping
from pathlib import Path

import msgspec

GRACE_S = 35.0  # a running attempt's after SIGTERM: more than the 30 s that a request may take unless told otherwise
COLLECT_EVERY = 10_000  # new objects: Python's own 700 are what a dozen events under way hold


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """`env`: the environment over `.env`; `tokens`: API token → who holds it; `data`: a folder outside Redis.
    `name`: this process's among those of one `relay up`, None where it is alone; `metrics`: where a worker tells its
    figures over HTTP. `applies`: whether a routes.yaml that is saved here comes into force by itself."""

    config: Path
    env: Mapping[str, str]
    redis_url: str
    tokens: Mapping[str, str] = {}
    data: Path | None = None
    name: str | None = None
    metrics: tuple[str, int] | None = None
    applies: bool = False

    @property
    def shared(self) -> Path | None:
        """The folder in which the processes of one `relay up` find each other."""
        return self.data if self.name else None


def keep_loaded() -> None:
    """Leaves what is loaded by now out of each later search for garbage: none of it will be any."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY)
