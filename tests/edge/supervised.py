"""A process to test from outside: a Supervisor over children that say on stdout what happens to them.

Started as `python supervised.py STAGE…`, a stage being names joined by commas. Names decide: a `stubborn` child ignores
SIGTERM, a `steady` one counts as having lived for long, a `failing` one ends at once, a `ready…` one holds the next
stage up until it runs.
"""

import asyncio
import logging
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from relay.errors import RelayError
from relay.supervisor import Child, Supervisor

CHILD = """
import os, signal, sys

def say(what):
    os.write(1, f"{sys.argv[1]} {what} {os.getpid()}\\n".encode())

def end(*_):
    say("ends")
    if not sys.argv[1].startswith("stubborn"):
        sys.exit()

signal.signal(signal.SIGTERM, end)
say("runs")
open(os.environ["RUNS"], "w").close()
while not sys.argv[1].startswith("failing"):
    signal.pause()
"""


def exists(mark: Path) -> bool:
    return mark.exists()


def runs(name: str, mark: Path) -> Callable[[], Awaitable[bool]]:
    async def ready() -> bool:
        if it_runs := exists(mark):
            print(name, "is ready", flush=True)
        return it_runs

    return ready


async def never() -> bool:
    return False


def child(name: str, folder: Path) -> Child:
    mark = folder / name
    return Child(
        name=name,
        command=["/no/such/program"] if name == "missing" else [sys.executable, "-S", "-c", CHILD, name],
        env={"RUNS": str(mark)},
        ready=runs(name, mark) if name.startswith("ready") else never if name.startswith("failing") else None,
        stop_after=60 if name == "stubborn-for-long" else 0.2,
        steady_after=0 if name == "steady" else 60,
    )


def main(stages: list[str], folder: Path) -> None:
    logging.basicConfig(format="log: %(message)s", level=logging.WARNING, stream=sys.stdout)
    try:
        asyncio.run(Supervisor([[child(name, folder) for name in stage.split(",")] for stage in stages]).run())
    except RelayError as error:
        sys.exit(f"error: {error}")
    print("clean", flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(sys.argv[1:], Path(folder))
