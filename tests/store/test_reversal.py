"""What a reversal finds under the key that it takes back, and how it cancels what isn't posted."""

import pytest
from building import claim, decision, draft, entry, settlement
from redis.asyncio import Redis

from relay.booking import Found, Reversed
from relay.delivery import State
from relay.store import Blob, Claimed
from relay.stores.redis import RedisStore


async def posted(store: RedisStore) -> Claimed:
    await store.accept(entry(draft(once="B1", order_key="B1")))
    return (await store.claim(claim())).deliveries[0]


async def reversal(store: RedisStore) -> Claimed | None:
    await store.accept(entry(draft(once="B1-back", reverses="B1")))
    return next(iter((await store.claim(claim())).deliveries), None)


async def test_a_booked_one_comes_with_its_document_and_what_was_kept(store: RedisStore) -> None:
    mine = await posted(store)
    await store.settle(settlement(mine, document="V-1", digest="abc", prior=Blob(b'{"document":"V-1"}')))
    found = (await reversal(store)).reversed
    assert found == Reversed(mine.id, Found.BOOKED, "V-1", b'{"document":"V-1"}')


@pytest.mark.parametrize("state", [State.WAITING, State.HELD, State.DEAD])
async def test_one_that_isnt_posted_is_cancelled_once(store: RedisStore, state: State) -> None:
    mine = await posted(store)
    await store.settle(settlement(mine, state, delay_ms=10**9 if state is State.WAITING else 0))
    back = await reversal(store)
    assert back.reversed == Reversed(mine.id, Found.OPEN, "", b"")
    cancel = decision(mine.id, "dead", reason="cancelled: x", undoes=back.id, request=back.id)
    assert [await store.decide(cancel) for _ in range(2)] == ["done", "again"]
    view = await store.delivery(mine.id)
    assert (view.state, view.reason) == (State.DEAD, "cancelled: x")


async def test_a_reversal_whose_worker_died_knows_what_it_cancelled(store: RedisStore) -> None:
    mine = await posted(store)
    await store.settle(settlement(mine, State.HELD))
    await store.accept(entry(draft(once="B1-back", reverses="B1")))
    (back,) = (await store.claim(claim(lease_ms=0))).deliveries
    await store.decide(decision(mine.id, "dead", undoes=back.id, request=back.id))
    (again,) = (await store.claim(claim())).deliveries
    assert (again.id, again.reversed.found, again.reversed.delivery) == (back.id, Found.CANCELLED, mine.id)


async def test_it_waits_while_the_other_is_under_way(store: RedisStore, redis: Redis) -> None:
    mine = await posted(store)
    assert await reversal(store) is None
    await store.settle(settlement(mine, document="V-1"))
    for dlv in await redis.zrange("l:erp:wait", 0, -1):
        await redis.zadd("l:erp:wait", {dlv: 1})
    (back,) = (await store.claim(claim())).deliveries
    assert back.reversed.found is Found.BOOKED


async def test_one_in_doubt_is_told_as_that_and_cant_be_cancelled(store: RedisStore) -> None:
    mine = await posted(store)
    await store.settle(settlement(mine, State.WAITING, doubt=True, delay_ms=10**9))
    back = await reversal(store)
    assert back.reversed == Reversed(mine.id, Found.DOUBT, "", b"")
    assert await store.decide(decision(mine.id, "dead", undoes=back.id, request=back.id)) == "waiting"


async def test_where_there_is_nothing_it_says_so(store: RedisStore) -> None:
    assert (await reversal(store)).reversed.found is Found.NOTHING
