"""Named places between two writes, where a test outside may have this process killed.

Off unless RELAY_POINTS names a folder: then a file there arms the point of its name, and the process that takes the
file away dies, so that one process dies once.
"""

import os
import signal
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

FOLDER = os.environ.get("RELAY_POINTS")


class Point(StrEnum):
    """Web: verified and not stored; stored and not answered. Worker: claimed and not begun; begun and not sent;
    a step kept and the next not sent; answered and not settled; settled; an alert taken and
    not stored; stored and not forgotten."""

    WEB_ACCEPTING = "web.accepting"
    WEB_ACCEPTED = "web.accepted"
    WORKER_CLAIMED = "worker.claimed"
    WORKER_BEGUN = "worker.begun"
    WORKER_KEPT = "worker.kept"
    WORKER_SETTLING = "worker.settling"
    WORKER_SETTLED = "worker.settled"
    WORKER_ALERTING = "worker.alerting"
    WORKER_ALERTED = "worker.alerted"


def reached(point: Point) -> None:
    """Doesn't return where the point is armed."""
    if FOLDER:
        _die_if_armed(Path(FOLDER, point))


def _die_if_armed(armed: Path) -> None:
    with suppress(FileNotFoundError):
        armed.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
