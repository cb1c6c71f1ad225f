"""A process killed at each named point between two writes: what state follows, and how soon it goes on.

`pytest -rP` shows how soon.
"""

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
from .moment import deliveries_of
from .origin import Origin
from .routes import LANES, ORIGIN, TEXT, variables
from .run import servers
from .sender import Sender
from .signing import signed
from .up import Up, relay_up, until

LEASE_MS, THEN_MS, SLACK_MS = 10_000, 2_000, 4_000  # slack: for a busy machine
WITHIN_S = 40


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
        (delivery,) = await deliveries_of(self.redis, event)
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

    async def now_ms(self) -> int:
        """By Redis's clock, which is the one that leases go by."""
        seconds, micros = await self.redis.time()
        return int(seconds) * 1000 + int(micros) // 1000

    async def lease_end_ms(self, lane: str, delivery: str) -> int | None:
        """None where it isn't under way any more."""
        found = await self.redis.zscore(f"l:{lane}:fly", delivery)
        return int(found) if found is not None else None

    async def goes_on(self, delivery: str, token: str) -> int:
        """When it was no longer as its dead worker had it."""

        async def gone_on() -> bool:
            return await self.redis.hmget(f"d:{delivery}", "state", "token") != ["in_flight", token]

        await until(gone_on, WITHIN_S)
        return await self.now_ms()

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
    """One that had not begun, or had settled, leaves no doubt; else the lane's way with doubt decides.

    The lease was over at most 10 s after the death, and 2 s later it has gone on.
    """
    deliveries = [await world.killed_at(point, lane) for lane in LANES]
    died_ms = await world.now_ms()
    ends_ms = [await world.lease_end_ms(lane, delivery) for lane, delivery in zip(LANES, deliveries, strict=True)]
    tokens = [await world.redis.hget(f"d:{delivery}", "token") for delivery in deliveries]
    went_ms = await asyncio.gather(*map(world.goes_on, deliveries, tokens))
    for end_ms, gone_ms in zip(ends_ms, went_ms, strict=True):
        assert (end_ms or 0) <= died_ms + LEASE_MS
        assert gone_ms <= max(end_ms or 0, died_ms) + THEN_MS + SLACK_MS
    print(f"{point}: went on {(max(went_ms) - died_ms) / 1000:.1f} s after the last death")
    for lane, delivery, (state, asked) in zip(LANES, deliveries, AFTER[point], strict=True):
        await world.comes_to(delivery, state)
        assert len(world.erps[lane].asked) == asked, lane
        assert len(world.erps[lane].ledger) == min(asked, 1), lane
        if state == "delivered":
            await until(lambda delivery=delivery: world.is_told(delivery), WITHIN_S)


async def test_a_callback_whose_worker_died_is_sent_again_without_a_doubt(world: World) -> None:
    """The origin hears it twice under one id."""
    await world.redis.hset(f"l:{ORIGIN}", "paused", "the test isn't ready")
    delivery = await world.sent(LANES[0])
    await world.comes_to(delivery, "delivered")
    world.up.arm(Point.WORKER_SETTLING)
    await world.redis.hdel(f"l:{ORIGIN}", "paused")
    await world.redis.zadd("lanes:due", {ORIGIN: 1})
    await until(lambda: world.taken(Point.WORKER_SETTLING), WITHIN_S)
    await world.comes_to(f"{delivery}-1", "delivered")
    assert list(world.origin.times.values()) == [2]
    assert await world.redis.hmget(f"d:{delivery}-1", "n", "doubt") == ["1", None]


@pytest.mark.parametrize(("point", "known"), [(Point.WEB_ACCEPTING, False), (Point.WEB_ACCEPTED, True)])
async def test_a_sender_without_an_answer_sends_again_and_finds_the_event_or_makes_it(
    world: World, point: Point, known: bool
) -> None:
    world.up.arm(point)
    sender, began = Sender(world.up.post, Random(1)), time.monotonic()
    async with asyncio.timeout(WITHIN_S):
        await sender.send("msg-1", {"to": "erp-hold", "report": "B1", "number": "B1/1"})
    print(f"{point}: taken {time.monotonic() - began:.1f} s after it was sent first")
    sent = sender.taken["msg-1"]
    assert sent.tries > 1
    assert (sent.known, sender.wrong) == (known, [])
    await world.comes_to(await world.delivery(sent.event), "delivered")
    assert await world.redis.xlen("log") == 1
    assert len(world.erps["erp-hold"].ledger) == 1
