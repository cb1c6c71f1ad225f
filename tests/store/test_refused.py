"""The ring of refused requests: bounded in number and in bytes, the newest first, and read by filters."""

import msgspec
import pytest
from redis.asyncio import Redis

from relay.refusing import Item
from relay.sieve import RefusedSieve
from relay.stores import refused
from relay.stores.refused import RedisRefused
from relay.turned import Told

ANY = RefusedSieve()


@pytest.fixture
def ring(redis: Redis) -> RedisRefused:
    return RedisRefused(redis)


def item(number: int, kept: bytes | None = b"what it was", **fields: object) -> Item:
    given = {"source": "s", "reason": "signature", "sender": "192.0.2.7", "headers": {}}
    told = Told(status=401, at_ms=number, method="POST", **(given | fields))
    return Item(told=msgspec.json.encode(told), kept=kept)


async def times(ring: RedisRefused, sieve: RefusedSieve = ANY) -> list[int]:
    return [one.told.at_ms for one in (await ring.refused(None, 500, sieve)).refused]


async def test_the_newest_come_first_page_by_page(ring: RedisRefused) -> None:
    await ring.add([item(number) for number in range(5)])
    first = await ring.refused(None, 3, ANY)
    second = await ring.refused(first.next, 3, ANY)
    assert [[one.told.at_ms for one in page.refused] for page in (first, second)] == [[4, 3, 2], [1, 0]]
    assert second.next is None


async def test_each_filter_leaves_out_the_others(ring: RedisRefused) -> None:
    await ring.add([item(1), item(2, source="t"), item(3, reason="bad_json"), item(4)])
    assert await times(ring, RefusedSieve(source="t")) == [2]
    assert await times(ring, RefusedSieve(reason="bad_json")) == [3]
    assert await times(ring, RefusedSieve(since_ms=2, until_ms=4)) == [3, 2]


async def test_beyond_so_many_the_oldest_go(redis: Redis) -> None:
    ring = RedisRefused(redis, most=3)
    await ring.add([item(number) for number in range(3)])
    await ring.add([item(number) for number in range(3, 5)])
    assert await times(ring) == [4, 3, 2]
    assert len(await redis.keys("x:*")) == 3


async def test_beyond_so_many_bytes_the_oldest_go(redis: Redis) -> None:
    ring = RedisRefused(redis, most_bytes=10_000)
    for number in range(16):
        await ring.add([item(number, b"x" * 1_000)])
    left = await times(ring)
    assert left[0] == 15
    assert 6 <= len(left) < 10
    assert int(await redis.get("refused:bytes")) <= 10_000
    assert len(await redis.keys("x:*")) == len(left)


async def test_a_small_redis_gives_it_no_more_than_a_twentieth(ring: RedisRefused, redis: Redis) -> None:
    await redis.config_set("maxmemory", "100mb")
    try:
        for number in range(8):
            await ring.add([item(number, b"x" * (1 << 20))])
        assert int(await redis.get("refused:bytes")) <= 100 * (1 << 20) // 20
        assert await times(ring) == [7, 6, 5, 4]
    finally:
        await redis.config_set("maxmemory", "0")


async def test_one_that_was_let_in_is_gone_with_its_bytes(ring: RedisRefused, redis: Redis) -> None:
    await ring.add([item(1), item(2)])
    (second, first) = (await ring.refused(None, 10, ANY)).refused
    found = await ring.one(first.id)
    assert found
    assert found[1] == b"what it was"
    before = int(await redis.get("refused:bytes"))
    await ring.remove(first.id)
    await ring.remove(first.id)
    assert (await times(ring), await ring.one(first.id)) == ([2], None)
    assert int(await redis.get("refused:bytes")) == before // 2
    await ring.remove(second.id)
    assert await redis.keys("x:*") == []


async def test_what_letting_it_in_needs_has_an_end(ring: RedisRefused, redis: Redis) -> None:
    await ring.add([item(1), item(2, kept=None)])
    (key,) = await redis.keys("x:*")
    assert 0 < await redis.pttl(key) <= refused.KEPT_MS
    assert [one.kept for one in (await ring.refused(None, 10, ANY)).refused] == [False, True]
    await redis.delete(key)
    assert [one.kept for one in (await ring.refused(None, 10, ANY)).refused] == [False, False]


@pytest.mark.parametrize("refused_id", ["", "ref_", "ref_1-1-1", "evt_1", "ref_99999999999999999999-0", "ref_-", "*"])
async def test_what_is_no_id_leads_nowhere(refused_id: str, ring: RedisRefused) -> None:
    await ring.add([item(1)])
    assert await ring.one(refused_id) is None
