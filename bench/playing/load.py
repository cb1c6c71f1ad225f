"""The load: wrk where it is installed and has a second, which is the least it knows; else a generator of our own, which
takes more CPU from what it measures."""

import shutil
import subprocess
from pathlib import Path

import msgspec

from bench.site import python

CONNECTIONS = 64
SCRIPT = Path(__file__).with_name("present.lua")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a generator tells. `failed`: requests without an answer, or answered with anything but 2xx."""

    requests: int
    seconds: float
    failed: int
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def generator() -> str:
    return "wrk" if shutil.which("wrk") else "a generator in Python (install wrk)"


def load(url: str, requests: Path, seconds: float) -> Told:
    """Sends for so long, each connection its next request when the last is answered. Raises RuntimeError on failures,
    which would make a fast answer of an error."""
    command = _wrk(url, requests, seconds) if seconds >= 1 and shutil.which("wrk") else _own(url, requests, seconds)
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60)  # noqa: S603
    told = msgspec.json.decode(ran.stdout.strip().splitlines()[-1], type=Told)
    if told.failed or not told.requests:
        raise RuntimeError(f"{told.failed} of {told.requests} requests to {url} failed")
    return told


def _wrk(url: str, requests: Path, seconds: float) -> list[str]:
    how = ["-t", "1", "-c", str(CONNECTIONS), "-d", f"{round(seconds)}s", "--timeout", "10s", "-s", str(SCRIPT)]
    return ["wrk", *how, url, "--", str(requests)]


def _own(url: str, requests: Path, seconds: float) -> list[str]:
    return python("-m", "bench.playing.generator", url, str(requests), str(seconds))
