"""Two versions of Relay that lay Redis out in different ways never work on the same one."""

import pytest
from building import claim, draft, entry
from redis.asyncio import Redis

from relay.errors import StoreUnavailable
from relay.stores.redis import RedisStore


async def test_a_worker_marks_the_layout_and_all_go_on(store: RedisStore, redis: Redis) -> None:
    await store.accept(entry(draft()))
    await store.tide(0, 0, [])
    assert await redis.get("layout") == b"2"
    await store.check()
    assert (await store.claim(claim())).deliveries


async def test_on_another_layout_nothing_is_read_or_written_until_it_is_gone(store: RedisStore, redis: Redis) -> None:
    await store.accept(entry(draft()))
    await redis.set("layout", "3")
    before = {key: await redis.dump(key) for key in await redis.keys()}
    for step in (store.accept(entry(draft())), store.claim(claim()), store.tide(0, 0, []), store.sweep(10, 0)):
        with pytest.raises(StoreUnavailable, match="another layout"):
            await step
    assert {key: await redis.dump(key) for key in await redis.keys()} == before
    await redis.delete("layout")
    assert (await store.claim(claim())).deliveries


async def test_readiness_says_which_layout_it_is_and_what_to_do(store: RedisStore, redis: Redis) -> None:
    await redis.set("layout", "3")
    with pytest.raises(StoreUnavailable, match=r"layout 3 of Relay, and this version knows 2, .*docs/operations"):
        await store.check()
