"""A Redis that isn't Relay's own child, to be taken away, locked, filled up and made a replica."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from relay import redis_server

EVERY_S = 0.02


class Outside:
    """`folder` holds its files and its socket; `socket` is where it listens; `options` end its command, `env` is added
    to its environment."""

    def __init__(self, folder: Path, options: Sequence[str] = (), env: Mapping[str, str] | None = None) -> None:
        self.folder, self.socket = folder, str(redis_server.socket_path(folder))
        self._options, self._env = options, env or {}
        self._process: asyncio.subprocess.Process | None = None

    def command(self) -> list[str]:
        return [*redis_server.command(redis_server.find_server("wheel"), self.folder), *self._options]

    def env(self) -> Mapping[str, str]:
        return self._env

    async def start(self) -> None:
        """Python ignores SIGXFSZ, and so does this server: it hears of a file that may not grow as of a full disk."""
        env = {**os.environ, **self.env()}
        self._process = await asyncio.create_subprocess_exec(*self.command(), env=env, restore_signals=False)
        while not await redis_server.ready(self.folder):  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(EVERY_S)

    async def kill(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def client(self, password: str | None = None) -> Redis:
        return Redis(
            password=password,
            unix_socket_path=self.socket,
            decode_responses=True,
            encoding="latin-1",
            socket_timeout=5,
            retry=Retry(NoBackoff(), 0),
        )


Server = TypeVar("Server", bound=Outside)


@asynccontextmanager
async def redis_outside(*options: str, env: Mapping[str, str] | None = None) -> AsyncIterator[Outside]:
    """One that answers; it ends with the block."""
    with tempfile.TemporaryDirectory(prefix="outside-") as folder:
        async with started(Outside(Path(folder), options, env)) as outside:
            yield outside


@asynccontextmanager
async def started(server: Server) -> AsyncIterator[Server]:
    """It answers, and ends with the block."""
    await server.start()
    try:
        yield server
    finally:
        await server.kill()
