"""python -m bench.playing.own_sink PORT LOG: what nginx does as sink.py configures it, for machines without it."""

import asyncio
import sys
import time
from pathlib import Path

import uvloop

from bench.playing.answering import Answering

FLUSH_S = 0.1


async def run(port: int, log: Path) -> None:
    """Answers and notes until it is stopped."""
    lines: list[str] = []

    def heard(path: str, _body: bytes, _at: float) -> bool:
        lines.append(f"{time.time():.3f} {path}\n")
        return True

    await asyncio.get_running_loop().create_server(lambda: Answering(heard), "127.0.0.1", port)
    with log.open("a") as file:
        while True:
            await asyncio.sleep(FLUSH_S)
            file.writelines(lines)
            file.flush()
            lines.clear()


if __name__ == "__main__":
    uvloop.run(run(int(sys.argv[1]), Path(sys.argv[2])))
