"""What a run found, as data: where it ran, and each row with its median, its spread, its ratios and its aims."""

import os
import platform
import re
import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from bench.playing.load import generator
from bench.playing.sink import server
from bench.row import Line, Row, Series
from relay import __version__, redis_server


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """`seconds`: how long it took; `scale`: what part of a full run it was; `failed`: row → why it has no figures."""

    rows: list[Row]
    seconds: float
    scale: float
    rounds: int
    machine: dict[str, str]
    failed: dict[str, str] = {}


def machine() -> dict[str, str]:
    """What figures depend on."""
    redis = redis_server.find_server()
    told = subprocess.run([redis, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
    packages = {name: version(name) for name in ("redis", "rq", "aiohttp", "uvicorn", "uvloop")}
    return {
        "processor": f"{os.cpu_count()} × {_processor()}",
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "python": platform.python_version(),
        "relay": __version__,
        "redis-server": (re.findall(r"v=(\S+)", told) or ["unknown"])[0],
        "load": generator(),
        "sink": server(),
        **packages,
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    found = re.findall(r"^model name\s*:\s*(.*)$", info.read_text(), re.MULTILINE) if info.exists() else []
    return found[0] if found else platform.machine()


def as_data(run: Run) -> dict[str, Any]:
    """What docs/benchmark.json holds."""
    return {
        "seconds": round(run.seconds),
        "scale": round(run.scale, 3),
        "rounds": run.rounds,
        "machine": run.machine,
        "rows": [_row(row) for row in run.rows],
        "failed": run.failed,
    }


def _row(row: Row) -> dict[str, Any]:
    return {"title": row.title, "lines": [_line(line) for line in row.lines], "notes": row.notes}


def _line(line: Line) -> dict[str, Any]:
    return {
        "what": line.what,
        "unit": line.unit,
        "better": line.better,
        "relay": _series(line.ours),
        "beside": [{**_series(one), "ratio": _rounded(line.ratio(one.name))} for one in line.beside],
        "aims": [{"aim": held.aim, "found": _rounded(held.found), "reached": held.reached} for held in line.held()],
    }


def _series(series: Series) -> dict[str, Any]:
    figures = {"median": series.median, "low": min(series.values), "high": max(series.values)}
    found: dict[str, Any] = {"name": series.name, **{name: _rounded(value) for name, value in figures.items()}}
    return found | ({"cpu_us": _rounded(series.cpu_us)} if series.cpu_us is not None else {})


def _rounded(value: float | None) -> float | None:
    """Four digits say more than anyone can measure."""
    return float(f"{value:.4g}") if value is not None else None


def reached(rows: Sequence[Row]) -> tuple[int, int]:
    """Aims that were reached, and aims that were measured."""
    held = [one for row in rows for line in row.lines for one in line.held() if one.reached is not None]
    return sum(bool(one.reached) for one in held), len(held)
