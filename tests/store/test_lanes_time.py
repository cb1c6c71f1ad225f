"""Redis's clock is set back: the lanes' time goes on from the mark that workers move; people see the clock itself."""

import asyncio

import pytest
from building import claim, draft, entry
from redis.asyncio import Redis

from relay.stores.redis import RedisStore

HOUR_MS, SOON_MS, WITHIN_S = 3_600_000, 300, 30


async def clock_ms(redis: Redis) -> int:
    seconds, micros = await redis.time()
    return int(seconds) * 1000 + int(micros) // 1000


@pytest.fixture
async def before_ms(redis: Redis) -> int:
    """The lanes' time before the clock was set back by an hour: the mark stands there."""
    before = await clock_ms(redis) + HOUR_MS
    await redis.set("tide", before)
    return before


async def claimed_within(store: RedisStore, seconds: float) -> str:
    """The delivery that is handed out at last, while the mark is moved as workers do."""
    async with asyncio.timeout(seconds):
        while not (deliveries := (await store.claim(claim(pace_ms=10))).deliveries):
            await store.tide(0, 5_000, [])
    return deliveries[0].id


@pytest.mark.parametrize("place", ["fly", "wait"])
async def test_a_lease_or_a_wait_from_before_ends_when_it_would_have(
    store: RedisStore, redis: Redis, before_ms: int, place: str
) -> None:
    await store.accept(entry(draft()))
    (claimed,) = (await store.claim(claim())).deliveries
    await redis.zrem("l:erp:fly", claimed.id)
    await redis.zadd(f"l:erp:{place}", {claimed.id: before_ms + SOON_MS})
    assert await claimed_within(store, WITHIN_S) == claimed.id


@pytest.mark.parametrize("mark", ["throttle", "pace", "probe_at"])
async def test_a_lane_that_was_to_open_soon_opens_soon(
    store: RedisStore, redis: Redis, before_ms: int, mark: str
) -> None:
    await store.accept(entry(draft()))
    await redis.hset("l:erp", mapping={mark: before_ms + SOON_MS, **({"open": 1} if mark == "probe_at" else {})})
    assert await claimed_within(store, WITHIN_S)


async def test_a_stint_from_before_keeps_nobody_from_a_lane_for_long(
    store: RedisStore, redis: Redis, before_ms: int
) -> None:
    await store.accept(entry(draft()))
    await redis.hset("l:erp", "stint", before_ms + SOON_MS)
    await redis.zadd("lanes:due", {"erp": before_ms})
    async with asyncio.timeout(WITHIN_S):
        while await store.sweep(10, 0) != ["erp"]:
            await store.tide(0, 5_000, [])


@pytest.mark.usefixtures("before_ms")
async def test_people_are_shown_the_clock(store: RedisStore, redis: Redis) -> None:
    await store.accept(entry(draft()))
    (claimed,) = (await store.claim(claim())).deliveries
    assert abs(claimed.received_ms - await clock_ms(redis)) < HOUR_MS / 2
    assert (await store.lanes([]))[0].oldest_s in (None, 0)


async def test_the_clock_catches_up_and_the_mark_only_rises(store: RedisStore, redis: Redis) -> None:
    last = await clock_ms(redis) + SOON_MS
    await redis.set("tide", last)
    async with asyncio.timeout(WITHIN_S):
        while last > await clock_ms(redis) or await redis.exists("skew"):
            mark, fell = await store.tide(0, 5_000, [])
            assert (mark > last, fell) == (True, False)
            last = mark
            await asyncio.sleep(0.02)
