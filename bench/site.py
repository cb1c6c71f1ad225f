"""Where a benchmark runs: its folder, how long it may take, and the processes that it starts and stops."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from relay.supervisor import follower

FULL_S = 540
STOPS_S = 20


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """`scale`: what part of a full run this is; `peers`: the Python that has the other queues installed."""

    folder: Path
    scale: float
    rounds: int
    peers: str

    def seconds(self, full: float) -> float:
        """So much of a full run's time for a step; at least a second, or a twentieth of a run that is very short."""
        return max(min(1.0, self.scale * FULL_S / 20), full * self.scale)

    def count(self, full: int, least: int = 200) -> int:
        return max(least, int(full * self.scale))

    def new_folder(self, name: str) -> Path:
        """One whose path is short enough for a socket."""
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """A process of ours. `log`: what it printed."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def until(self, found: Callable[[], object], within_s: float = 60) -> None:
        """Waits for something that this process is to do. Raises RuntimeError, with its log, where it doesn't come."""
        ends = time.monotonic() + within_s
        while not found():
            if self.process.poll() is not None or time.monotonic() > ends:
                last = self.log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{self.name} ended, or didn't do in {within_s:g} s what it was to do\n{last}")
            time.sleep(0.01)


@contextmanager
def started(
    name: str, command: Sequence[str], folder: Path, env: Mapping[str, str] | None = None, stops_s: float = STOPS_S
) -> Iterator[Started]:
    """The process, until the block ends. It goes too if this one is killed."""
    log = folder / f"{name}.log"
    with log.open("ab") as out:
        process = subprocess.Popen(  # noqa: S603
            command,
            env={**os.environ, **(env or {})},
            cwd=Path(__file__).parents[1],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            preexec_fn=follower(),  # noqa: PLW1509 - this process has no threads when it starts others
        )
    try:
        yield Started(name=name, process=process, log=log)
    finally:
        stop(process, stops_s)


def stop(process: subprocess.Popen[bytes], within_s: float) -> None:
    process.terminate()
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def python(*words: str) -> list[str]:
    return [sys.executable, *words]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port
