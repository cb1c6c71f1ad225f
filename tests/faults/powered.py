"""A Redis whose machine loses power: it is killed, and its append-only file cut back to what had been synced to disk.

syncs.c, preloaded into the server, notes how much that is.
"""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

from relay import redis_server

from .outside import EVERY_S, Outside, started

SOURCE = Path(__file__).parent / "syncs.c"
WANTS = "power loss is played with a C compiler: install one (apt-get install gcc libc6-dev on Debian and Ubuntu)"
Fsync = Literal["always", "everysec"]


@dataclass(frozen=True)
class Cut:
    """Lengths of the append-only file in bytes: as written, as synced, and as it was left."""

    written: int
    synced: int
    left: int


@dataclass(frozen=True)
class Disk:
    """How it syncs: `fsync` is Redis's setting; a sync takes `sync_ms` at least, so that something waits for it."""

    library: Path
    fsync: Fsync = "always"
    sync_ms: float = 3


class Powered(Outside):
    """`disk` is as it will be at the next start."""

    def __init__(self, folder: Path, server: Path, disk: Disk) -> None:
        super().__init__(folder)
        self._server, self.disk = server, disk
        self._notes = folder / "syncs"
        self._lost_power = False
        self._at_start: dict[int, int] = {}

    def command(self) -> list[str]:
        """Rewrites its file only when it is told to: then no cut comes into it."""
        asked = redis_server.command(self._server, self.folder, self.disk.fsync)
        return [*asked, "--auto-aof-rewrite-percentage", "0"]

    def env(self) -> dict[str, str]:
        sync_us = str(round(self.disk.sync_ms * 1000))
        return {"LD_PRELOAD": str(self.disk.library), "SYNCS": str(self._notes), "SYNC_US": sync_us}

    async def start(self) -> None:
        self._notes.write_text("")
        self._at_start = {found.st_ino: found.st_size for found in map(Path.stat, self._parts())}
        await super().start()
        if self._lost_power:
            await self._write_anew()

    async def _write_anew(self) -> None:
        """What docs/operations.md asks for after a power failure: see relay/torn.py."""
        async with self.client() as redis:
            await redis.bgrewriteaof()
            while (await redis.info("persistence"))["aof_rewrite_in_progress"]:  # noqa: ASYNC110 - in another process
                await asyncio.sleep(EVERY_S)

    async def lose_power(self, torn: Random | None = None) -> Cut:
        """With `torn` the disk also has a part of what was written and not synced, up to any byte."""
        await self.kill()
        self._lost_power = True
        file = self._parts()[-1]
        written = file.stat().st_size
        synced = min(written, self._synced(file))
        left = torn.randint(synced, written) if torn else synced
        os.truncate(file, left)
        return Cut(written, synced, left)

    def _parts(self) -> list[Path]:
        """The append-only file; of Redis 7 and newer the parts that may grow, the one that does last."""
        parts = sorted(self.folder.glob("*/*.incr.aof"), key=lambda part: int(part.name.split(".")[2]))
        return [*self.folder.glob("appendonly.aof"), *parts]

    def _synced(self, file: Path) -> int:
        """What it held when the last sync that ended began, or when the server started."""
        inode = file.stat().st_ino
        notes = [tuple(map(int, line.split())) for line in self._notes.read_text().splitlines()]
        return max([length for noted, length in notes if noted == inode], default=self._at_start.get(inode, 0))


def build(folder: Path) -> Path:
    """The library to preload. Raises FileNotFoundError without a compiler, CalledProcessError where it fails."""
    library = folder / "syncs.so"
    command = ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE)]
    subprocess.run(command, check=True, capture_output=True)
    return library


@asynccontextmanager
async def powered(server: Path, disk: Disk) -> AsyncIterator[Powered]:
    """One that answers; it ends with the block."""
    with tempfile.TemporaryDirectory(prefix="power-") as folder:
        async with started(Powered(Path(folder), server, disk)) as redis:
            yield redis
