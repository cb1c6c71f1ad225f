"""How a lane with work finds a worker: the bell on the edge from idle to busy, and the sweep that needs no bell."""

import asyncio

from building import NEVER_MS, claim, draft, entry, settlement
from redis.asyncio import Redis

from relay.delivery import State
from relay.stores.redis import RedisStore


async def test_a_sweep_finds_lanes_with_work_that_nobody_drains(store: RedisStore) -> None:
    await store.accept(entry(draft("a"), draft("b")))
    assert sorted(await store.sweep(10, NEVER_MS)) == ["a", "b"]


async def test_a_sweep_moves_on_what_it_found(store: RedisStore) -> None:
    await store.accept(entry(draft()))
    assert [await store.sweep(10, NEVER_MS) for _ in range(2)] == [["erp"], []]


async def test_two_sweeps_at_once_dont_find_one_lane_twice(store: RedisStore) -> None:
    await store.accept(entry(*(draft(f"lane{n}") for n in range(20))))
    found = await asyncio.gather(*(store.sweep(7, NEVER_MS) for _ in range(4)))
    lanes = [lane for one in found for lane in one]
    assert (len(lanes), len(set(lanes))) == (20, 20)


async def test_a_lane_that_is_drained_isnt_rung(store: RedisStore, woken: list[str]) -> None:
    await store.claim(claim(stint_ms=NEVER_MS))
    await store.accept(entry(draft()))
    assert (woken, await store.sweep(10, 0)) == ([], [])


async def test_a_lane_whose_drainer_vanished_is_found_when_its_stint_is_over(store: RedisStore) -> None:
    await store.claim(claim(stint_ms=-1))
    await store.accept(entry(draft()))
    assert await store.sweep(10, 0) == ["erp"]


async def test_who_leaves_an_idle_lane_ends_its_stint(store: RedisStore, woken: list[str]) -> None:
    await store.claim(claim(worker="a"))
    await store.claim(claim(worker="a", leaving=True))
    await store.accept(entry(draft()))
    assert woken == ["erp"]


async def test_who_leaves_doesnt_end_the_stint_of_another_who_stays(store: RedisStore, woken: list[str]) -> None:
    await store.claim(claim(worker="a"))
    await store.claim(claim(worker="b"))
    await store.claim(claim(worker="a", leaving=True))
    await store.accept(entry(draft()))
    assert woken == []


async def test_who_wants_to_leave_and_finds_work_stays(store: RedisStore, woken: list[str]) -> None:
    await store.accept(entry(draft()))
    woken.clear()
    assert len((await store.claim(claim(leaving=True))).deliveries) == 1
    (one,) = (await store.claim(claim())).deliveries or [None]
    assert one is None
    await store.accept(entry(draft()))
    assert woken == []


async def test_work_that_isnt_due_yet_isnt_found(store: RedisStore, redis: Redis) -> None:
    await store.accept(entry(draft()))
    (mine,) = (await store.claim(claim(leaving=True))).deliveries
    await store.settle(settlement(mine, State.WAITING, delay_ms=NEVER_MS))
    await redis.hset("l:erp", "stint", 0)
    assert await store.sweep(10, 0) == []
    await redis.zadd("l:erp:wait", {mine.id: 1})
    await redis.zadd("lanes:due", {"erp": 1})
    assert await store.sweep(10, 0) == ["erp"]


async def test_a_paused_lane_isnt_rung_and_one_that_is_let_go_is(store: RedisStore, woken: list[str]) -> None:
    await store.pause("erp", "a person")
    await store.accept(entry(draft()))
    assert (woken, await store.sweep(10, 0)) == ([], [])
    await store.pause("erp", None)
    assert woken == ["erp"]


async def test_the_lease_of_a_dead_worker_is_found_though_nothing_else_waits(store: RedisStore, redis: Redis) -> None:
    await store.accept(entry(draft()))
    await store.claim(claim(lease_ms=0, stint_ms=-1))
    assert await store.sweep(10, 0) == ["erp"]


async def test_the_bell_rings_on_the_edge_from_idle_to_busy(store: RedisStore, redis: Redis) -> None:
    """It rings for the drainers that listen, whether or not a job is to be made; and once."""
    await store.claim(claim(stint_ms=NEVER_MS))
    async with redis.pubsub() as bell:
        await bell.subscribe("bell")
        assert (await bell.get_message(timeout=5))["type"] == "subscribe"
        for _ in range(2):
            await store.accept(entry(draft()))
        assert (await bell.get_message(timeout=5))["data"] == b"erp"
        await store.accept(entry(draft("oa")))
        assert (await bell.get_message(timeout=5))["data"] == b"oa"


async def test_who_listens_hears_the_bell(store: RedisStore) -> None:
    await store.accept(entry(draft()))
    bells = store.bells()
    heard = asyncio.ensure_future(anext(bells))
    async with asyncio.timeout(5):
        while not heard.done():
            await store.pause("erp", None)
    assert heard.result() == "erp"
    await bells.aclose()
