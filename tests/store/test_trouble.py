"""A Redis that is full, read-only, gone or forgetful: what is refused, and what goes on."""

import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from building import batch, claim, decision, draft, entry, settlement, told
from redis.asyncio import Redis

from relay import redis_server
from relay.delivery import State
from relay.errors import StoreUnavailable
from relay.store import Blob, Hold
from relay.stores.connecting import client
from relay.stores.redis import RedisStore

Serving = Callable[..., AbstractContextManager[subprocess.Popen]]


@pytest.fixture
async def own(every_redis_url: str, every_redis: Redis) -> AsyncIterator[RedisStore]:
    """A store on an empty Redis of each version, which gets its memory back afterwards."""
    async with client(every_redis_url) as mine:
        yield RedisStore(mine, lambda _: None)
    await every_redis.config_set("maxmemory", 0)
    await every_redis.replicaof("NO", "ONE")


async def test_a_full_redis_refuses_accepts_and_drains(own: RedisStore, every_redis: Redis) -> None:
    """All that ends or moves a delivery still works, with its callbacks."""
    for _ in range(6):
        await own.accept(entry(draft(), draft()))
    dead = (await own.claim(claim(want=1))).deliveries[0]
    await own.settle(settlement(dead, State.DEAD))
    await every_redis.config_set("maxmemory", 1)
    with pytest.raises(StoreUnavailable):
        await own.accept(entry(draft()))
    one, two, three, *_ = (await own.claim(claim())).deliveries
    assert await own.begin(one.id, one.token, Blob(b"bytes"))
    assert await own.extend([Hold(lane="erp", dlv=one.id, token=one.token)], 1000) == [True]
    assert await own.settle(settlement(one, callbacks=[told()])) == "done"
    await own.give_back(Hold(lane="erp", dlv=two.id, token=two.token), 0)
    assert (await own.delivery(two.id)).state is State.PENDING
    assert await own.settle(settlement(three, State.HELD)) == "done"
    assert await own.decide(decision(three.id, "delivered", document="V-1", callbacks=[told()])) == "done"
    assert await own.decide(decision(dead.id, "replay")) == "done"
    await own.pause("erp", "a person")
    await own.pause("erp", None)
    assert len((await own.claim(claim("status"))).deliveries) == 2
    assert await own.sweep(10, 0) == []


async def test_a_full_redis_refuses_every_event_of_a_group(own: RedisStore, every_redis: Redis) -> None:
    """The first refusal opens no door for the others, and nothing is left of any."""
    await own.accept(entry(draft()))
    before = await every_redis.dbsize()
    await every_redis.config_set("maxmemory", 1)
    items = [one for several in (batch(entry(draft()), entry(draft())) for _ in range(5)) for one in (several, entry())]
    waiting = [own._accepts.add(one) for one in items]
    assert [(await one)[0] for one in waiting] == [b"error"] * 10
    assert await every_redis.dbsize() == before


async def test_over_its_high_water_mark_it_takes_nothing_new(own: RedisStore, every_redis: Redis) -> None:
    used = (await every_redis.info("memory"))["used_memory"]
    await every_redis.config_set("maxmemory", int(used * 1.2))
    with pytest.raises(StoreUnavailable, match="70%"):
        await own.check()
    with pytest.raises(StoreUnavailable):
        await own.accept(entry(draft()))
    await every_redis.config_set("maxmemory", 0)
    await own.check()
    assert (await own.accept(entry(draft()))).status == "new"


async def test_a_replica_confirms_nothing(own: RedisStore, every_redis: Redis) -> None:
    """Neither what is new, nor what a worker asks."""
    await own.accept(entry(draft()))
    await every_redis.replicaof("127.0.0.1", "1")
    with pytest.raises(StoreUnavailable, match=r"(?i)read.?only"):
        await own.accept(entry(draft()))
    with pytest.raises(StoreUnavailable, match=r"(?i)read.?only"):
        await own.claim(claim())
    with pytest.raises(StoreUnavailable, match="replica"):
        await own.check()


async def test_scripts_that_redis_forgot_are_loaded_again(own: RedisStore, every_redis: Redis) -> None:
    for _ in range(2):
        await every_redis.script_flush()
        await own.accept(entry(draft()))
        await every_redis.script_flush()
        (mine,) = (await own.claim(claim())).deliveries
        await every_redis.script_flush()
        assert await own.settle(settlement(mine)) == "done"


async def test_what_was_confirmed_is_there_after_redis_was_killed(
    serving: Serving, default_server: Path, data: Path
) -> None:
    """While it is gone each step says so; afterwards the same store goes on."""
    async with client(redis_server.url(data)) as mine:
        store = RedisStore(mine, lambda _: None)
        with serving(default_server, data, "always"):
            await store.accept(entry(draft(), draft()))
            one = (await store.claim(claim(want=1))).deliveries[0]
        for step in (
            store.accept(entry(draft())),
            store.claim(claim()),
            store.begin(one.id, one.token, None),
            store.settle(settlement(one)),
            store.extend([], 1000),
            store.give_back(Hold(lane="erp", dlv=one.id, token=one.token), 0),
            store.sweep(1, 0),
            store.decide(decision(one.id, "replay")),
            store.pause("erp", None),
            store.check(),
            store.lanes([]),
        ):
            with pytest.raises(StoreUnavailable):
                await step
        with serving(default_server, data, "always"):
            assert await store.settle(settlement(one)) == "done"
            assert len((await store.claim(claim())).deliveries) == 1
