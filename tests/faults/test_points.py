"""A process killed at each named point between two writes: what state follows, and how soon it goes on."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from random import Random

import pytest
from redis.asyncio import Redis

from relay.points import Point

from .erp import Erp
from .origin import Origin
from .routes import LANES, ORIGIN, TEXT, variables
from .run import servers
from .sender import Sender
from .signing import signed
from .up import Up, relay_up, until

LEASE_S, SLACK_S = 10 + 2, 4
WITHIN_S = 30


@dataclass
class World:
    up: Up
    redis: Redis
    erps: dict[str, Erp]
    origin: Origin

    async def sent(self, lane: str) -> str:
        """The delivery of one event that was taken."""
        body = json.dumps({"to": lane, "report": "B1", "number": f"B1/{lane}"}).encode()
        status, said = await self.up.post("/in/expenses", body, signed(body, f"msg-{lane}"))
        assert status == 202
        return await self.delivery(said["id"])

    async def delivery(self, event: str) -> str:
        """The one of an event, its callbacks aside."""
        names = await self.redis.hkeys(f"s:{event}")
        (delivery,) = [name for name in names if name.startswith("dlv_") and "-" not in name]
        return delivery

    async def killed_at(self, point: Point, lane: str) -> str:
        """A delivery whose process died there."""
        self.up.arm(point)
        delivery = await self.sent(lane)
        await until(lambda: self.taken(point), WITHIN_S)
        return delivery

    async def taken(self, point: Point) -> bool:
        return not self.up.armed(point)

    async def comes_to(self, delivery: str, state: str) -> None:
        await until(lambda: self.is_in(delivery, state), WITHIN_S)

    async def is_in(self, delivery: str, state: str) -> bool:
        return await self.redis.hget(f"d:{delivery}", "state") == state

    async def is_told(self, delivery: str) -> bool:
        return len(self.origin.final().get(delivery, [])) == 1


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with servers(1) as (erps, origin):
        addresses = {name: server.url for name, server in {**erps, ORIGIN: origin}.items()}
        async with relay_up(TEXT, variables(addresses)) as up, up.redis() as redis:
            yield World(up, redis, erps, origin)


# By point: the state on the lanes that resend, look up and hold, and how often each ERP was asked to book.
AFTER = {
    Point.WORKER_CLAIMED: (("delivered", 1), ("delivered", 1), ("delivered", 1)),
    Point.WORKER_BEGUN: (("delivered", 1), ("delivered", 1), ("held", 0)),
    Point.WORKER_SETTLING: (("delivered", 2), ("delivered", 1), ("held", 1)),
    Point.WORKER_SETTLED: (("delivered", 1), ("delivered", 1), ("delivered", 1)),
}


@pytest.mark.parametrize("point", AFTER)
async def test_what_a_killed_worker_had_goes_on_within_the_lease_and_books_once(world: World, point: Point) -> None:
    """One that had not begun, or had settled, leaves no doubt; else the lane's way with doubt decides."""
    deliveries = [await world.killed_at(point, lane) for lane in LANES]
    died = time.monotonic()
    tokens = [await world.redis.hget(f"d:{delivery}", "token") for delivery in deliveries]

    async def gone_on() -> bool:
        now = [await world.redis.hmget(f"d:{delivery}", "state", "token") for delivery in deliveries]
        return all(one != ["in_flight", token] for one, token in zip(now, tokens, strict=True))

    await until(gone_on, WITHIN_S)
    assert time.monotonic() - died < LEASE_S + SLACK_S
    for lane, delivery, (state, asked) in zip(LANES, deliveries, AFTER[point], strict=True):
        await world.comes_to(delivery, state)
        assert len(world.erps[lane].asked) == asked, lane
        assert len(world.erps[lane].ledger) == min(asked, 1), lane
        if state == "delivered":
            await until(lambda delivery=delivery: world.is_told(delivery), WITHIN_S)


@pytest.mark.parametrize(("point", "known"), [(Point.WEB_ACCEPTING, False), (Point.WEB_ACCEPTED, True)])
async def test_a_sender_without_an_answer_sends_again_and_finds_the_event_or_makes_it(
    world: World, point: Point, known: bool
) -> None:
    world.up.arm(point)
    sender = Sender(world.up.post, Random(1))
    async with asyncio.timeout(WITHIN_S):
        await sender.send("msg-1", {"to": "erp-hold", "report": "B1", "number": "B1/1"})
    sent = sender.taken["msg-1"]
    assert sent.tries > 1
    assert (sent.known, sender.wrong) == (known, [])
    await world.comes_to(await world.delivery(sent.event), "delivered")
    assert await world.redis.xlen("log") == 1
    assert len(world.erps["erp-hold"].ledger) == 1
