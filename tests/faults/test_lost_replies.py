"""Redis does what it is asked, and the reply is lost: nothing is lost, made twice, sent twice or in doubt."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

import pytest
from redis.asyncio import Redis

from relay.stores.redis import SCRIPTS
from relay.stores.scripts import Script

from .erp import Erp
from .losing import Losing, losing
from .moment import Standing, everything
from .origin import Origin
from .outside import redis_outside
from .routes import LANES, ORIGIN, TEXT, variables
from .run import servers
from .sender import Sender
from .up import relay_up, until

CALLED = ("accept", "claim", "begin", "settle", "extend", "sweep")
WITHIN_S = 120


@dataclass
class World:
    sender: Sender
    proxy: Losing
    redis: Redis
    erps: dict[str, Erp]
    origin: Origin

    async def all_delivered(self) -> list[Standing]:
        """The deliveries, once they and their callbacks are delivered."""
        seen: list[Standing] = []

        async def ended() -> bool:
            seen[:] = (await everything(self.redis)).values()
            return bool(seen) and all(one.state == "delivered" for one in seen)

        await until(ended, WITHIN_S)
        return [one for one in seen if not one.callback]

    def books_are_right(self, deliveries: list[Standing]) -> None:
        """Each was asked for once, booked once, and told once."""
        assert {one.event for one in deliveries} == {sent.event for sent in self.sender.taken.values()}
        assert self.sender.wrong == []
        for lane in LANES:
            numbers = sorted(one.number for one in self.erps[lane].asked)
            assert numbers == sorted(one.once for one in deliveries if one.lane == lane)
        assert all(len(told) == 1 for told in self.origin.final().values())
        assert set(self.origin.final()) == {one.id for one in deliveries}


@asynccontextmanager
async def _proxied() -> AsyncIterator[tuple[Losing, Redis, str]]:
    """The proxy, a client that goes past it, and the address of the proxy."""
    async with redis_outside() as outside, outside.client() as redis:
        for script in map(Script, SCRIPTS):
            await redis.script_load(script._text)
        names = {Script(name)._sha.encode(): name for name in SCRIPTS}
        path = str(outside.folder / "proxy")
        async with losing(outside.socket, path, names) as proxy:
            yield proxy, redis, f"unix://{path}"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with servers(1) as (erps, origin), _proxied() as (proxy, redis, url):
        addresses = {name: server.url for name, server in {**erps, ORIGIN: origin}.items()}
        async with relay_up(TEXT, {**variables(addresses), "RELAY_REDIS_URL": url}) as up:
            yield World(Sender(up.post, Random(1), odd=False), proxy, redis, erps, origin)


async def test_a_lost_reply_of_any_script_loses_nothing_doubles_nothing_and_leaves_no_doubt(world: World) -> None:
    """Each in turn, under way on all lanes."""
    for erp in world.erps.values():
        erp.takes_s = (1.8,)
    for number, script in enumerate(CALLED):
        world.proxy.lose_next(script)
        async with asyncio.timeout(WITHIN_S):
            for lane in LANES:
                body = {"to": lane, "report": f"B{number}", "number": f"B{number}/{script}"}
                await world.sender.send(f"msg-{lane}-{script}", body)
            await until(lambda script=script: _lost(world.proxy, script), WITHIN_S)
    world.books_are_right(await world.all_delivered())


async def _lost(proxy: Losing, script: str) -> bool:
    return proxy.lost[script] > 0


async def test_replies_lost_at_random_lose_nothing_double_nothing_and_leave_no_doubt(world: World) -> None:
    chance = Random(2)
    world.proxy.loses = lambda _script: chance.random() < 0.03
    async with asyncio.timeout(WITHIN_S):
        while sum(world.proxy.lost.values()) < 6:
            await world.sender.send_for(5, 15)
    world.proxy.loses = lambda _script: False
    world.books_are_right(await world.all_delivered())
