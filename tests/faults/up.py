"""`relay up` on a folder of its own, and the processes below it, to be killed and frozen."""

import asyncio
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from .signing import SECRET

TOKEN = "token-of-the-faults"
EVERY_S = 0.02
STOPS_S = 3


async def until(found: Callable[[], Awaitable[Any]], within_s: float, every_s: float = EVERY_S) -> Any:
    """Asks again and again until the answer is true, and gives it. Raises TimeoutError."""
    async with asyncio.timeout(within_s):
        while not (last := await found()):  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(every_s)
    return last


async def end(tasks: Collection[asyncio.Task[Any]]) -> list[Any]:
    """Cancels them, and again: redis-py now and then makes an error of its own of a cancellation. What each came to."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=0.5)
    return await asyncio.gather(*tasks, return_exceptions=True)


class Up:
    """A supervised relay. `folder` holds routes.yaml, the data folder, the log and the armed points; `env` is its
    environment."""

    def __init__(self, folder: Path, client: aiohttp.ClientSession, env: Mapping[str, str], workers: int) -> None:
        self.folder, self._client, self._workers = folder, client, workers
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        own = {"HOME": str(folder), "RELAY_API_TOKEN": TOKEN, "SECRET": SECRET, "RELAY_POINTS": str(folder / "points")}
        self.env = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ} | own | dict(env)
        self.process: asyncio.subprocess.Process | None = None

    async def start(self, *, ready: bool = True) -> None:
        """Returns when it is ready, or listens."""
        (self.folder / "points").mkdir(exist_ok=True)
        words = ("up", "--port", str(self.port), "--data", "data", "--workers", str(self._workers))
        with (self.folder / "log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "relay", *words, cwd=self.folder, env=self.env, stdout=log, stderr=log
            )
        await until(self.is_ready if ready else self.listens, 30)

    async def stop(self) -> None:
        """Soon, whatever runs: its children go with it."""
        if not self.process or self.process.returncode is not None:
            return
        for pid in self.children("worker"):
            os.kill(pid, signal.SIGCONT)
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
            self.process.send_signal(number)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), STOPS_S)
                return

    async def is_ready(self) -> bool:
        return await self._is_well("ready")

    async def listens(self) -> bool:
        return await self._is_well("live")

    async def _is_well(self, path: str) -> bool:
        with suppress(aiohttp.ClientError, TimeoutError):
            async with self._client.get(f"{self.url}/health/{path}", timeout=aiohttp.ClientTimeout(1)) as answer:
                return answer.status == 200
        return False

    async def post(self, path: str, body: bytes, headers: Mapping[str, str], at: str = "") -> tuple[int, Any]:
        """Status and JSON, of another web process where `at` says so. Raises aiohttp.ClientError and TimeoutError."""
        async with self._client.post((at or self.url) + path, data=body, headers=headers) as answer:
            return answer.status, await answer.json()

    def children(self, word: str) -> list[int]:
        """The processes below it whose command line has the word: web, worker, redis-server."""
        return [pid for pid, words in _below(self.process.pid).items() if word in words]

    def redis(self) -> Redis:
        path = str(self.folder / "data" / "redis.sock")
        return Redis(
            unix_socket_path=path,
            encoding="latin-1",
            decode_responses=True,
            socket_timeout=5,
            retry=Retry(NoBackoff(), 0),
        )

    def arm(self, point: str) -> None:
        """The next process that reaches this point is killed there."""
        (self.folder / "points" / point).touch()

    def armed(self, point: str) -> bool:
        return (self.folder / "points" / point).exists()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _below(parent: int) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, above = stat.read_text().rpartition(")")[2].split()[:2]
            if int(above) == parent and state != "Z":
                command = (stat.parent / "cmdline").read_text().replace(" ", "\0").split("\0")
                found[int(stat.parent.name)] = [word.rpartition("/")[2] for word in command]
    return found


@asynccontextmanager
async def relay_up(routes: str, env: Mapping[str, str], workers: int = 2, *, ready: bool = True) -> AsyncIterator[Up]:
    """A relay that is ready (or listens); all of it ends with the block, and the folder goes."""
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(8)) as client:
        up = Up(folder, client, env, workers)
        (folder / "routes.yaml").write_text(routes)
        try:
            await up.start(ready=ready)
            yield up
        finally:
            await up.stop()
            shutil.rmtree(folder, ignore_errors=True)
