"""What processes use, as the kernel counts it: CPU seconds and memory."""

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

TICKS = os.sysconf("SC_CLK_TCK")
STAT = re.compile(r"(\d+) \((.*)\) \S (\d+)(.*)", re.DOTALL)


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Megabytes (10^6). `pss` shares out what several processes have in common."""

    rss: float
    pss: float


def cpu_s(pids: Iterable[int]) -> float:
    """CPU seconds of these processes and of all below them, also of children that have ended."""
    own = {pid: _ticks(pid) for pid in _below(pids)}
    return sum(own.values()) / TICKS


def memory(pid: int) -> Memory:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = {name: int(kib) * 1024 / 1e6 for name, kib in re.findall(r"^(\w+):\s+(\d+) kB$", text, re.MULTILINE)}
    return Memory(rss=found["Rss"], pss=found["Pss"])


def below(pid: int) -> dict[int, str]:
    """The processes below this one, with their command lines."""
    found = {}
    for one in _below([pid]) - {pid}:
        with suppress(OSError):
            found[one] = Path(f"/proc/{one}/cmdline").read_text().replace("\0", " ")
    return found


def _below(pids: Iterable[int]) -> set[int]:
    parents = {int(one[1]): int(one[3]) for one in map(_stat, _processes()) if one}
    found = set(pids)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").glob("[0-9]*")]


def _stat(pid: int) -> re.Match[str] | None:
    with suppress(OSError):
        return STAT.match(Path(f"/proc/{pid}/stat").read_text())
    return None


def _ticks(pid: int) -> int:
    """User and system time, its own and that of the children it has waited for: fields 14 to 17."""
    found = _stat(pid)
    return sum(map(int, found[4].split()[9:13])) if found else 0
