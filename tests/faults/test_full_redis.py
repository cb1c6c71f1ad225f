"""A Redis without room, in memory or on its disk: a file that may not grow stands for a full one."""

import asyncio
import os
import resource
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis

from relay import redis_server

from .failing import WITHIN_S, World, relay_on
from .outside import redis_outside
from .routes import LANES
from .up import until

REFUSED = 40
FILLER = "x" * 500_000  # so that Relay's own log stays below the limit


async def test_out_of_memory_it_takes_nothing_drains_what_it_has_and_goes_on_when_there_is_more() -> None:
    """And its log isn't flooded by those who send meanwhile."""
    async with redis_outside() as outside, relay_on(f"unix://{outside.socket}", outside.client) as world:
        for lane in LANES:
            await world.erps[lane].close()
        await world.sends("before")
        async with outside.client() as redis:
            await redis.config_set("maxmemory", 1)
        await until(world.refuses, WITHIN_S)
        await until(lambda: world.says("Redis is over 70% of its maxmemory"), WITHIN_S)
        for lane in LANES:
            await world.erps[lane].open()
        await until(world.all_delivered, WITHIN_S)
        assert all([await world.refuses() for _ in range(REFUSED)])
        assert 1 <= len(world.logged("refused, not durable")) <= REFUSED / 5
        async with outside.client() as redis:
            await redis.config_set("maxmemory", 0)
        await world.goes_on("after")


async def test_a_full_disk_with_everysec_takes_nothing_and_goes_on_when_there_is_room() -> None:
    """Redis says MISCONF then. What it had is on the disk afterwards."""
    everysec = redis_outside("--appendfsync", "everysec")
    async with everysec as outside, relay_on(f"unix://{outside.socket}", outside.client) as world:
        async with full(outside.client(), outside.folder, lambda: [outside.pid]):
            waiting = await _refuses(world, "Redis can't write to its disk")
        await world.goes_on("after")
        await waiting
        await until(world.all_delivered, WITHIN_S)
        await outside.kill()
        await outside.start()
        await until(world.all_delivered, WITHIN_S)


async def test_a_full_disk_with_always_ends_its_own_redis_and_loses_nothing(tmp_path: Path) -> None:
    """It ends in the write, before it has confirmed it, and again as often as it is started while there is no room."""
    server = tmp_path / "redis-server"
    server.write_text(f"#!/bin/sh\ntrap '' XFSZ\nexec {redis_server.find_server('wheel')} \"$@\"\n")
    server.chmod(0o700)
    async with relay_on(None, None, PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}") as world:
        await world.sends("before")
        (first,) = world.up.children("redis-server")
        supervisor = world.up.process.pid

        async with full(world.redis(), world.up.folder / "data", lambda: [supervisor, *_redis(world)]):
            waiting = await _refuses(world, "Redis can't be reached")
            assert len(world.logged("redis-server ended with status 1")) > 0
        await world.goes_on("after")
        await waiting
        assert _redis(world) != [first]


def _redis(world: World) -> list[int]:
    return world.up.children("redis-server")


async def _refuses(world: World, said: str) -> "asyncio.Task[None]":
    """What is sent meanwhile, which is to be taken later."""
    waiting = asyncio.create_task(world.sends("meanwhile"))
    await until(world.refuses, WITHIN_S)
    await until(lambda: world.says(said), WITHIN_S)
    return waiting


@asynccontextmanager
async def full(client: Redis, folder: Path, processes: Callable[[], Iterable[int]]) -> AsyncIterator[None]:
    """No file of those processes, and of what they start, may grow beyond the append-only file as it is now."""
    async with client as redis:
        await redis.set("filler", FILLER)
        await redis.delete("filler")
    size = (folder / "appendonly.aof").stat().st_size
    _limit(processes(), size)
    try:
        yield
    finally:
        _limit(processes(), resource.RLIM_INFINITY)


def _limit(processes: Iterable[int], size: int) -> None:
    for pid in processes:
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
