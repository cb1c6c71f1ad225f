"""A master that dies is followed by its replica, found through Sentinel; no process needs a hand."""

import asyncio
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from building import claim, draft, entry
from redis.asyncio import Redis
from redis.exceptions import RedisError

from relay.errors import StoreUnavailable
from relay.stores.connecting import blocking_client, client
from relay.stores.redis import RedisStore

WITHIN_S = 30


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class Pair:
    """A master, its replica and a sentinel that watches them."""

    def __init__(self, server: Path, folder: Path, stack: ExitStack) -> None:
        self.ports = [free_port() for _ in range(3)]
        master, replica, sentinel = self.ports
        plain = [str(server), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        self.master = stack.enter_context(running([*plain, "--port", str(master)]))
        stack.enter_context(running([*plain, "--port", str(replica), "--replicaof", "127.0.0.1", str(master)]))
        config = folder / "sentinel.conf"
        config.write_text(
            f"port {sentinel}\nbind 127.0.0.1\ndir {folder}\nsentinel monitor books 127.0.0.1 {master} 1\n"
            "sentinel down-after-milliseconds books 300\nsentinel failover-timeout books 2000\n"
        )
        self.url = f"sentinel://127.0.0.1:{sentinel}/books"
        self._command = [str(server), str(config), "--sentinel"]
        self._stack = stack

    async def ready(self) -> None:
        """The replica follows, and the sentinel, started after that, knows of it."""
        await until(lambda: self._says(self.ports[1], "replication", "master_link_status", "up"))
        self._stack.enter_context(running(self._command))
        await until(lambda: self._says(self.ports[2], "sentinel", "master0", "slaves"))

    async def _says(self, port: int, section: str, name: str, wanted: str) -> bool:
        async with Redis(port=port) as asked:
            found = (await asked.info(section)).get(name)
        return bool(found.get(wanted)) if isinstance(found, dict) else found == wanted


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while True:
            try:
                if await holds():
                    return
            except (RedisError, OSError, StoreUnavailable):
                pass
            await asyncio.sleep(0.05)


@pytest.fixture
async def pair(default_server: Path) -> AsyncIterator[Pair]:
    folder = Path(tempfile.mkdtemp(prefix="relay-"))
    try:
        with ExitStack() as stack:
            found = Pair(default_server, folder, stack)
            await found.ready()
            yield found
    finally:
        shutil.rmtree(folder)


async def test_after_a_failover_the_store_goes_on_with_what_the_replica_has(pair: Pair) -> None:
    async with client(pair.url) as own:
        store = RedisStore(own, lambda _: None)
        await store.accept(entry(draft()))
        await own.wait(1, 5_000)
        pair.master.kill()

        async def accepted() -> bool:
            await store.check()
            return bool(await store.accept(entry(draft())))

        await until(accepted)
        assert len((await store.claim(claim())).deliveries) >= 2


def test_rq_finds_the_master_by_the_same_address(pair: Pair) -> None:
    with blocking_client(pair.url) as rq:
        assert rq.ping()
