"""python -m bench.playing.generator URL FILE SECONDS: what wrk does with present.lua, for machines without it."""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlsplit

import uvloop

from bench.playing.load import CONNECTIONS


class Sender:
    """`took`: milliseconds of each answered request."""

    def __init__(self, requests: Iterator[bytes], ends: float) -> None:
        self._requests, self._ends = requests, ends
        self.took: list[float] = []
        self.failed = 0

    async def send(self, host: str, port: int) -> None:
        """One connection, until the time is over."""
        reader, writer = await asyncio.open_connection(host, port)
        while (began := time.monotonic()) < self._ends:
            writer.write(next(self._requests))
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(head))
            self.took.append((time.monotonic() - began) * 1000)
            self.failed += head[9:10] != b"2"
        writer.close()


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])


def read(path: Path) -> list[bytes]:
    found = []
    with path.open("rb") as file:
        while length := file.readline():
            found.append(file.read(int(length)))
    return found


async def run(url: str, requests: Path, seconds: float) -> None:
    address, known, began = urlsplit(url), read(requests), time.monotonic()
    sender = Sender(cycle(known), began + seconds)
    await asyncio.gather(*(sender.send(address.hostname or "", address.port or 80) for _ in range(CONNECTIONS)))
    cuts = quantiles(sender.took, n=100)
    told = {"requests": len(sender.took), "seconds": time.monotonic() - began, "failed": sender.failed}
    print(json.dumps({**told, "p50_ms": cuts[49], "p99_ms": cuts[98]}))


if __name__ == "__main__":
    uvloop.run(run(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])))
