"""A process to test from outside: a Supervisor over children that say on stdout what happens to them.

Started as `python supervised.py STAGE…`, a stage being names joined by commas. Names decide: a `stubborn` child ignores
SIGTERM, a `failing` one ends at once, a `ready…` one is ready when it was asked thrice.
"""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from itertools import count

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
while not sys.argv[1].startswith("failing"):
    signal.pause()
"""


def asked_thrice(name: str) -> Callable[[], Awaitable[bool]]:
    times = count(1)

    async def ready() -> bool:
        is_ready = next(times) >= 3
        if is_ready:
            print(name, "is ready", flush=True)
        return is_ready

    return ready


def child(name: str) -> Child:
    ready = asked_thrice(name) if name.startswith("ready") else None
    if name.startswith("failing"):
        ready = never
    stop_after = 60 if name == "stubborn-for-long" else 0.2
    command = ["/no/such/program"] if name == "missing" else [sys.executable, "-S", "-c", CHILD, name]
    return Child(name=name, command=command, env={"NAME": name}, ready=ready, stop_after=stop_after)


async def never() -> bool:
    return False


if __name__ == "__main__":
    logging.basicConfig(format="log: %(message)s", level=logging.WARNING, stream=sys.stdout)
    try:
        asyncio.run(Supervisor([[child(name) for name in stage.split(",")] for stage in sys.argv[1:]]).run())
    except RelayError as error:
        sys.exit(f"error: {error}")
    print("clean", flush=True)
