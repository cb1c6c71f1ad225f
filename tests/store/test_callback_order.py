"""The callbacks of one delivery go in order, though the first has no order key until another follows it."""

import pytest
from building import claim, decision, draft, entry, settlement, told
from redis.asyncio import Redis

from relay.delivery import State
from relay.store import Claimed
from relay.stores.redis import RedisStore


async def first_callback(store: RedisStore) -> Claimed:
    """Claimed, while its delivery will be tried again."""
    await store.accept(entry(draft()))
    (mine,) = (await store.claim(claim())).deliveries
    await store.settle(settlement(mine, State.WAITING, callbacks=[told()]))
    return (await store.claim(claim("status"))).deliveries[0]


async def second_callback(store: RedisStore) -> None:
    (mine,) = (await store.claim(claim())).deliveries
    await store.settle(settlement(mine, callbacks=[told()]))


async def ready(store: RedisStore) -> list[str]:
    return [one.id[-2:] for one in (await store.claim(claim("status"))).deliveries]


async def test_a_callback_that_is_alone_takes_no_order_key(store: RedisStore, redis: Redis) -> None:
    await store.settle(settlement(await first_callback(store)))
    assert await redis.exists("l:status:keys") == 0


async def test_the_second_waits_for_one_that_is_under_way(store: RedisStore) -> None:
    first = await first_callback(store)
    await second_callback(store)
    assert await ready(store) == []
    await store.settle(settlement(first))
    assert await ready(store) == ["-2"]


async def test_the_second_waits_for_one_that_is_tried_again(store: RedisStore) -> None:
    await store.settle(settlement(await first_callback(store), State.WAITING))
    await second_callback(store)
    assert await ready(store) == ["-1"]


@pytest.mark.parametrize("state", [State.HELD, State.DEAD])
async def test_the_second_waits_for_one_that_a_person_must_decide(store: RedisStore, state: State) -> None:
    first = await first_callback(store)
    await store.settle(settlement(first, state))
    await second_callback(store)
    assert await ready(store) == []
    await store.decide(decision(first.id, "dead"))
    assert await ready(store) == ["-2"]


async def test_the_second_waits_for_none_that_a_person_has_decided(store: RedisStore) -> None:
    first = await first_callback(store)
    await store.settle(settlement(first, State.DEAD))
    await store.decide(decision(first.id, "dead"))
    await second_callback(store)
    assert await ready(store) == ["-2"]


async def test_the_second_waits_for_one_that_is_sent_again(store: RedisStore) -> None:
    first = await first_callback(store)
    await store.settle(settlement(first))
    await store.decide(decision(first.id, "again"))
    await second_callback(store)
    assert await ready(store) == ["-1"]


@pytest.mark.parametrize("lost", ["state", "lane", "of another type"])
async def test_the_second_waits_for_one_that_cant_be_read(store: RedisStore, redis: Redis, lost: str) -> None:
    """Until a person has decided what becomes of it."""
    first = await first_callback(store)
    await store.settle(settlement(first, State.WAITING))
    if lost == "of another type":
        await redis.set(f"d:{first.id}", "?")
    else:
        await redis.hdel(f"d:{first.id}", lost)
    await second_callback(store)
    assert await ready(store) == []
    await store.decide(decision(first.id, "dead"))
    assert await ready(store) == ["-2"]
