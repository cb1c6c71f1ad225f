"""Limits hold over all workers: how many calls at once, and how many in a second."""

import json
from random import Random

import pytest
from redis.asyncio import Redis

from relay.jobs import Wakes

from .counted import Counted
from .signing import signed
from .up import Up, relay_up, until

pytestmark = pytest.mark.long

ROUTES = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}"}
destinations:
  erp: {url: "${ERP}/vouchers", concurrency: 3, rate: 20/s, ambiguous: resend}
routes:
  - {name: all, from: expenses, to: erp}
"""
EVENTS, WORKERS = 100, 4


async def test_four_workers_on_one_lane_never_make_a_fourth_call_nor_go_over_its_rate() -> None:
    """A sender's second of 20 calls and one of jitter; the span is a tenth shorter, for a machine that is busy."""
    erp = Counted(Random(1))
    erp.takes_s = (0.02, 0.1, 0.3)
    await erp.open()
    try:
        async with relay_up(ROUTES, {"ERP": erp.url}, WORKERS) as up, up.redis() as redis:
            sent = await _all_drain(up, redis)
            for number in range(sent, sent + EVENTS):
                await _send(up, number)

            async def done() -> bool:
                return len(erp.began) == sent + EVENTS and await redis.zcard("l:erp:fly") == 0

            await until(done, 60)
    finally:
        await erp.close()
    assert erp.most <= 3
    assert erp.busiest(0.9) <= 21


async def _send(up: Up, number: int) -> None:
    body = json.dumps({"n": number}).encode()
    status, _ = await up.post("/in/expenses", body, signed(body, f"msg-{number}"))
    assert status == 202


async def _all_drain(up: Up, redis: Redis) -> int:
    """Several workers have claimed on the lane, though one would do. Gives how many events that took."""
    sent = 0

    async def all_there() -> bool:
        return await redis.scard("rq:workers") == WORKERS

    async def shared() -> bool:
        nonlocal sent
        await _send(up, sent)
        sent += 1
        assert wakes(["erp"] * WORKERS).result()
        return await redis.hlen("l:erp:last") > 1

    await until(all_there, 40)
    wakes = Wakes(f"unix://{up.folder}/data/redis.sock")
    await until(shared, 40, every_s=0.2)
    wakes.close()
    return sent
