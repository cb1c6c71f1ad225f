"""A relay whose Redis fails: what it says then, what it takes, and that it needs no hand afterwards."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from random import Random

import aiohttp
from redis.asyncio import Redis

from .erp import Erp
from .moment import everything
from .routes import LANES, ORIGIN, TEXT, variables
from .run import servers
from .sender import Sender
from .signing import signed
from .up import Up, relay_up, until

WITHIN_S = 40


class World:
    """`redis` makes a client of Relay's Redis; `erps` are by lane."""

    def __init__(self, up: Up, redis: Callable[[], Redis], erps: Mapping[str, Erp]) -> None:
        self.up, self.redis, self.erps = up, redis, erps
        self.sender = Sender(up.post, Random(1), odd=False)
        self.processes = self._processes()
        self._asked = 0

    def _processes(self) -> dict[str, list[int]]:
        return {word: sorted(self.up.children(word)) for word in ("web", "worker")}

    async def refuses(self) -> bool:
        """Whether it isn't ready, and tells who sends to come again."""
        self._asked += 1
        body = json.dumps({"to": LANES[0], "report": "B9", "number": f"B9/{self._asked}"}).encode()
        headers = signed(body, f"msg-refused-{self._asked}")
        url = f"{self.up.url}/in/expenses"
        async with aiohttp.ClientSession() as client, client.post(url, data=body, headers=headers) as answer:
            refused = answer.status == 503 and int(answer.headers["Retry-After"]) > 0
        return refused and not await self.up.is_ready()

    async def why(self) -> str:
        """What /health/ready says."""
        async with aiohttp.ClientSession() as client, client.get(f"{self.up.url}/health/ready") as answer:
            return (await answer.json()).get("detail", "")

    async def says(self, text: str) -> bool:
        """Both to who asks and in its log."""
        return text in await self.why() and bool(self.logged(f"no accepts: {text}"))

    def logged(self, text: str) -> list[str]:
        lines = (self.up.folder / "log").read_text(errors="replace").splitlines()
        return [line for line in lines if text in line]

    async def sends(self, name: str) -> None:
        """An event on each lane, each until it is taken."""
        for lane in LANES:
            await self.sender.send(f"msg-{name}-{lane}", {"to": lane, "report": "B1", "number": f"B1/{name}"})

    async def all_delivered(self) -> bool:
        """What was answered 2xx, and its callbacks."""
        async with self.redis() as redis:
            standing = await everything(redis)
        wanted = {sent.event for sent in self.sender.taken.values()}
        mine = [one for one in standing.values() if one.event in wanted]
        return wanted == {one.event for one in mine} and {one.state for one in mine} == {"delivered"}

    async def goes_on(self, name: str) -> None:
        """By itself: what waited is delivered, what is sent now too, and by the processes that were there before."""
        await until(self.up.is_ready, WITHIN_S)
        await self.sends(name)
        await until(self.all_delivered, WITHIN_S)
        assert self._processes() == self.processes
        assert all(len({one.number for one in erp.ledger}) == len(erp.ledger) for erp in self.erps.values())


@asynccontextmanager
async def relay_on(
    redis_url: str | None, redis: Callable[[], Redis] | None, *, ready: bool = True, **env: str
) -> AsyncIterator[World]:
    """A relay on that Redis; on its own, without one."""
    async with servers(1) as (erps, origin):
        addresses = {name: server.url for name, server in {**erps, ORIGIN: origin}.items()}
        more = {"RELAY_REDIS_URL": redis_url} if redis_url else {}
        async with relay_up(TEXT, {**variables(addresses), **more, **env}, ready=ready) as up:
            await until(lambda: _all_there(up), WITHIN_S)
            yield World(up, redis or up.redis, erps)


async def _all_there(up: Up) -> bool:
    return len(up.children("worker")) == 2
