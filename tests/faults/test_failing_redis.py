"""A Redis that is away, locked or read-only: Relay says why, takes nothing, and goes on by itself when it is over.

`RELAY_AWAY_S=3,25,60` says for how long it is away, each in turn.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from .failing import WITHIN_S, World, relay_on
from .outside import Outside, redis_outside
from .up import until

AWAY_S = [float(seconds) for seconds in os.environ.get("RELAY_AWAY_S", "3").split(",")]
LOCKED_S = 3


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    async with redis_outside() as found:
        yield found


@pytest.fixture
async def world(outside: Outside) -> AsyncIterator[World]:
    async with relay_on(f"unix://{outside.socket}", outside.client) as found:
        yield found


async def _locked(outside: Outside) -> Callable[[], Awaitable[Any]]:
    """Asks for a password that Relay doesn't have, of whoever connects from now on; gives what takes it back."""
    async with outside.client() as redis:
        await redis.config_set("requirepass", "another")
        await redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")

    async def opened() -> None:
        async with outside.client("another") as redis:
            await redis.config_set("requirepass", "")

    return opened


async def _read_only(outside: Outside) -> Callable[[], Awaitable[Any]]:
    async with outside.client() as redis:
        await redis.config_set("replica-serve-stale-data", "yes")
        await redis.execute_command("REPLICAOF", "127.0.0.1", "1")

    async def promoted() -> None:
        async with outside.client() as redis:
            await redis.execute_command("REPLICAOF", "NO", "ONE")

    return promoted


async def _down(outside: Outside) -> Callable[[], Awaitable[Any]]:
    await outside.kill()
    return outside.start


@pytest.mark.parametrize(
    ("fault", "said", "lasts_s"),
    [
        *((_down, "Redis can't be reached", seconds) for seconds in AWAY_S),
        (_locked, "Redis asks for another user or password", LOCKED_S),
        (_read_only, "Redis is a read-only replica", LOCKED_S),
    ],
)
async def test_it_says_why_takes_nothing_and_goes_on_by_itself(
    world: World, outside: Outside, fault: Any, said: str, lasts_s: float
) -> None:
    await world.sends("before")
    mend = await fault(outside)
    await until(world.refuses, WITHIN_S)
    await until(lambda: world.says(said), WITHIN_S)
    waiting = asyncio.create_task(world.sends("meanwhile"))
    await asyncio.sleep(lasts_s)
    assert await world.refuses()
    await mend()
    await world.goes_on("after")
    await waiting


async def test_one_that_may_drop_keys_is_refused_at_the_start_and_taken_when_it_no_longer_may(outside: Outside) -> None:
    async with outside.client() as redis:
        await redis.config_set("maxmemory-policy", "allkeys-lru")
    async with relay_on(f"unix://{outside.socket}", outside.client, ready=False) as world:
        await until(world.refuses, WITHIN_S)
        await until(lambda: world.says("Redis may drop what it was given (maxmemory-policy allkeys-lru)"), WITHIN_S)
        async with outside.client() as redis:
            await redis.config_set("maxmemory-policy", "noeviction")
        await world.goes_on("after")


async def test_one_that_does_not_persist_is_warned_of_at_the_start() -> None:
    forgets = redis_outside("--appendonly", "no")
    async with forgets as outside, relay_on(f"unix://{outside.socket}", outside.client) as world:
        (warning,) = world.logged("Redis keeps nothing on disk")
        assert "WARNING web" in warning
