"""A worker that is told to stop, clause by clause, as a service on a Redis of its own."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from redis.asyncio import Redis

from relay.config.load import load
from relay.ingest import Ingest
from relay.process import Process
from relay.published import Keys
from relay.sessions import moment
from relay.signature import Received
from relay.stores.redis import RedisStore
from relay.transport.client import Transport
from relay.wiring import worker as wiring

from .played import Got, Played
from .signing import SECRET, signed
from .up import until

WITHIN_S, PACED = 30, 8
LANES = ("erp-hold", "erp-resend")
ROUTES = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}"}
destinations:
  erp-hold: {url: "${ERP}/hold", ambiguous: hold, concurrency: 4}
  erp-resend: {url: "${ERP}/resend", ambiguous: resend, concurrency: 4}
  erp-paced: {url: "${ERP}/paced", ambiguous: resend, concurrency: 4, rate: 60/m}
routes:
  - {name: all, from: expenses, to: "{{ body.to }}"}
"""


class Gated(Played):
    """It books, and answers when it `may`. `asked`: requests that came."""

    def __init__(self) -> None:
        super().__init__(Random(1))
        self.may, self.asked = asyncio.Event(), 0

    def take(self, got: Got, *, act: bool, clear: bool) -> Any:
        return {"code": "0"}

    async def answer(self, got: Got, writer: asyncio.StreamWriter) -> bool:
        self.asked += 1
        await self.may.wait()
        return await super().answer(got, writer)

    async def has(self, count: int) -> bool:
        return self.asked >= count


@dataclass
class World:
    erp: Gated
    redis: Redis
    process: Process

    async def accepted(self, lane: str, count: int) -> list[str]:
        """Deliveries of as many events."""
        config = load(self.process.config, self.process.env)
        store = RedisStore(self.redis, lambda _: None)
        ingest = Ingest(store, lambda: config, Keys(Transport(), moment))
        events = [await ingest.receive(ingest.source("expenses"), _received(lane, number)) for number in range(count)]
        found = [await store.event(event.id) for event in events]
        return [delivery.id for view in found if view for delivery in view.deliveries]

    async def fields(self, delivery: str) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in (await self.redis.hgetall(f"d:{delivery}")).items()}

    async def in_flight(self, lane: str) -> int:
        return int(await self.redis.zcard(f"l:{lane}:fly"))


@dataclass
class Draining:
    """`told` is the signal; rq hears it up to a second later, and then the service is stopped."""

    told: asyncio.Event
    service: wiring.WorkerService
    drain: asyncio.Task[None]

    async def ended(self) -> None:
        """Nothing of it runs any more."""
        await asyncio.wait_for(asyncio.wait({self.drain}), WITHIN_S)

    async def stop(self) -> None:
        self.told.set()
        await asyncio.wait_for(self.service.stop(), WITHIN_S)
        await self.ended()


def _received(lane: str, number: int) -> Received:
    body = json.dumps({"to": lane, "number": number}).encode()
    headers = {name.lower(): value for name, value in signed(body, f"msg-{lane}-{number}").items()}
    return Received(method="POST", url="/in/expenses", headers=headers, query={}, body=body)


@pytest.fixture
async def world(redis: Redis, redis_url: str, tmp_path: Path) -> AsyncIterator[World]:
    erp = Gated()
    await erp.open()
    (tmp_path / "routes.yaml").write_text(ROUTES)
    env = {"SECRET": SECRET, "ERP": erp.url}
    try:
        yield World(erp, redis, Process(config=tmp_path / "routes.yaml", env=env, redis_url=redis_url))
    finally:
        await erp.close()


@asynccontextmanager
async def draining(world: World, lane: str, grace_s: float = WITHIN_S) -> AsyncIterator[Draining]:
    """A worker's service that drains the lane until the block ends, or before."""
    told = asyncio.Event()
    service = await wiring.worker(world.process, told.is_set, grace_s)
    found = Draining(told, service, asyncio.create_task(service.drain(lane)))
    try:
        yield found
    finally:
        await found.stop()


@pytest.mark.parametrize("lane", LANES)
async def test_what_runs_ends_and_nothing_more_is_claimed(world: World, lane: str) -> None:
    deliveries = await world.accepted(lane, 10)
    async with draining(world, lane) as worker:
        await until(lambda: world.erp.has(4), WITHIN_S)
        worker.told.set()
        world.erp.may.set()
        await worker.ended()
        states = [(await world.fields(delivery))["state"] for delivery in deliveries]
        assert sorted(states) == ["delivered"] * 4 + ["pending"] * 6
        assert world.erp.asked == 4
        assert await world.in_flight(lane) == 0


async def test_what_was_claimed_ahead_and_not_begun_is_given_back_to_its_place(world: World) -> None:
    world.erp.may.set()
    deliveries = await world.accepted("erp-paced", PACED)
    async with draining(world, "erp-paced") as worker:
        await until(lambda: _claimed_ahead(world, deliveries), WITHIN_S)
        await worker.stop()
        begun = world.erp.asked
        found = [await world.fields(delivery) for delivery in deliveries]
        assert [one["state"] for one in found] == ["delivered"] * begun + ["pending"] * (PACED - begun)
        assert begun < PACED
        assert await world.redis.zrange("l:erp-paced:ready", 0, -1) == [one.encode() for one in deliveries[begun:]]
        assert all("lost" not in one and not int(one.get("n", 0)) for one in found[begun:])


@pytest.mark.parametrize("lane", LANES)
async def test_what_still_runs_at_the_limit_is_left_to_its_lease_and_settled_as_nothing(
    world: World, lane: str
) -> None:
    (delivery,) = await world.accepted(lane, 1)
    async with draining(world, lane, 0.1) as worker:
        await until(lambda: world.erp.has(1), WITHIN_S)
        before = await world.fields(delivery)
        await worker.stop()
        assert before["state"] == "in_flight"
        assert await world.fields(delivery) == before
        assert await world.redis.exists(f"a:{delivery}") == 0
        assert await world.in_flight(lane) == 1


async def _claimed_ahead(world: World, deliveries: list[str]) -> bool:
    """One is claimed whose start is still to come."""
    found = [await world.fields(delivery) for delivery in deliveries]
    return any(one["state"] == "in_flight" and "begun" not in one for one in found) and world.erp.asked > 0
