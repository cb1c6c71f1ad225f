"""A relay whose Redis is reached through the proxy that loses replies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

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
from .up import Up, relay_up, until

WITHIN_S = 40


@dataclass
class World:
    up: Up
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

    async def lost(self, script: str) -> None:
        """Returns once the reply of that script was lost."""

        async def lost() -> bool:
            return self.proxy.lost[script] > 0

        await until(lost, WITHIN_S)

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


@asynccontextmanager
async def proxied(routes: str = TEXT) -> AsyncIterator[World]:
    async with servers(1) as (erps, origin), _proxied() as (proxy, redis, url):
        addresses = {name: server.url for name, server in {**erps, ORIGIN: origin}.items()}
        async with relay_up(routes, {**variables(addresses), "RELAY_REDIS_URL": url}) as up:
            yield World(up, Sender(up.post, Random(1), odd=False), proxy, redis, erps, origin)
