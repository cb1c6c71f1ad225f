"""What a relay costs: the processor time of its processes."""

import os
from pathlib import Path

from .up import Up

KINDS = ("web", "worker", "redis-server")
TICKS = os.sysconf("SC_CLK_TCK")


def spent(up: Up) -> dict[str, float]:
    """Seconds of processor time since they began, by kind of process."""
    return {kind: sum(map(_seconds, up.children(kind))) for kind in KINDS}


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
