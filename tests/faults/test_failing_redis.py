"""A Redis that is away, locked or read-only: Relay says why, takes nothing, and goes on by itself when it is over."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import aiohttp
import pytest

from .moment import everything
from .outside import Outside, redis_outside
from .routes import LANES, ORIGIN, TEXT, variables
from .run import servers
from .sender import Sender
from .signing import signed
from .up import Up, relay_up, until

AWAY_S, WITHIN_S = 3, 30


@dataclass
class World:
    up: Up
    outside: Outside
    sender: Sender

    async def refuses(self) -> bool:
        """Whether it isn't ready, and says so to who sends."""
        body = json.dumps({"to": LANES[0], "report": "B9", "number": "B9/9"}).encode()
        status, _ = await self.up.post("/in/expenses", body, signed(body, "msg-refused"))
        return status == 503 and not await self.up.is_ready()

    async def why(self) -> str:
        async with aiohttp.ClientSession() as client, client.get(f"{self.up.url}/health/ready") as answer:
            return (await answer.json()).get("detail", "")

    async def sends(self, name: str) -> None:
        """An event on each lane, each until it is taken."""
        async with asyncio.timeout(WITHIN_S):
            for lane in LANES:
                await self.sender.send(f"msg-{name}-{lane}", {"to": lane, "report": "B1", "number": f"B1/{name}"})

    async def all_delivered(self) -> bool:
        async with self.outside.client() as redis:
            standing = await everything(redis)
        wanted = {sent.event for sent in self.sender.taken.values()}
        states = {one.state for one in standing.values()}
        return wanted <= {one.event for one in standing.values()} and states == {"delivered"}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with redis_outside() as outside, servers(1) as (erps, origin):
        addresses = {name: server.url for name, server in {**erps, ORIGIN: origin}.items()}
        env = {**variables(addresses), "RELAY_REDIS_URL": f"unix://{outside.socket}"}
        async with relay_up(TEXT, env) as up:
            yield World(up, outside, Sender(up.post, Random(1), odd=False))


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


@pytest.mark.parametrize(("fault", "said"), [(_down, "Redis"), (_locked, "authenticat"), (_read_only, "replica")])
async def test_it_says_why_takes_nothing_and_goes_on_by_itself(world: World, fault: Any, said: str) -> None:
    await world.sends("before")
    mend = await fault(world.outside)
    await until(world.refuses, WITHIN_S)
    assert said in await world.why()
    await asyncio.sleep(AWAY_S)
    await mend()
    await until(world.up.is_ready, WITHIN_S)
    await world.sends("after")
    await until(world.all_delivered, WITHIN_S)
