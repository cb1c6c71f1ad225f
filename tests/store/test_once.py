"""A destination books a business key once, and two deliveries of one document never wait for each other for ever."""

from building import claim, decision, draft, entry, settlement
from redis.asyncio import Redis

from relay.booking import Booking
from relay.delivery import Draft, State
from relay.store import Claimed
from relay.stores.redis import RedisStore


async def accepted(store: RedisStore, **fields: object) -> Draft:
    one = draft(**({"once": "B1"} | fields))
    await store.accept(entry(one))
    return one


async def claimed(store: RedisStore) -> list[Claimed]:
    return (await store.claim(claim())).deliveries


async def conflict_is_over(redis: Redis) -> None:
    """Who waits for another's business key looks again after some seconds: they have passed."""
    for dlv in await redis.zrange("l:erp:wait", 0, -1):
        await redis.zadd("l:erp:wait", {dlv: 1})


async def test_a_booked_key_comes_with_its_first_booking(store: RedisStore) -> None:
    first = await accepted(store)
    (mine,) = await claimed(store)
    await store.settle(settlement(mine, document="V-1", digest="abc"))
    await accepted(store)
    (second,) = await claimed(store)
    assert second.booking == Booking(first.id, "V-1", "abc")
    await store.settle(settlement(second, document="V-1"))
    await accepted(store)
    assert (await claimed(store))[0].booking == Booking(first.id, "V-1", "abc")


async def test_a_second_delivery_waits_while_the_first_is_about_it(store: RedisStore, redis: Redis) -> None:
    await accepted(store)
    second = await accepted(store)
    (mine,) = await claimed(store)
    assert (await store.delivery(second.id)).state is State.WAITING
    await store.settle(settlement(mine, document="V-1"))
    await conflict_is_over(redis)
    (after,) = await claimed(store)
    assert (after.id, after.booking.document) == (second.id, "V-1")


async def test_a_refusal_frees_the_key_and_a_doubt_keeps_it(store: RedisStore, redis: Redis) -> None:
    first, second = await accepted(store), await accepted(store)
    (mine,) = await claimed(store)
    await store.settle(settlement(mine, State.DEAD))
    await conflict_is_over(redis)
    (mine,) = await claimed(store)
    assert (mine.id, mine.booking) == (second.id, None)
    await store.settle(settlement(mine, State.DEAD, doubt=True))
    await store.decide(decision(first.id, "replay"))
    assert await claimed(store) == []
    await store.decide(decision(second.id, "dead"))
    await conflict_is_over(redis)
    assert [one.id for one in await claimed(store)] == [first.id]


async def test_a_replay_of_what_is_booked_keeps_its_booking(store: RedisStore) -> None:
    first = await accepted(store)
    (mine,) = await claimed(store)
    await store.settle(settlement(mine, document="V-1", digest="abc"))
    await store.decide(decision(first.id, "again"))
    (mine,) = await claimed(store)
    assert mine.booking is None
    await store.settle(settlement(mine, State.DEAD))
    await accepted(store)
    assert (await claimed(store))[0].booking == Booking(first.id, "V-1", "abc")


async def test_what_a_person_calls_delivered_is_booked_though_another_is_in_doubt(store: RedisStore) -> None:
    """Else a retry of the doubtful one would book the document a second time."""
    doubtful = await accepted(store)
    other = await accepted(store, state=State.HELD, reason="hold: born so")
    (mine,) = await claimed(store)
    await store.settle(settlement(mine, State.HELD, doubt=True))
    await store.decide(decision(other.id, "delivered", document="V-7"))
    await store.decide(decision(doubtful.id, "retry"))
    (mine,) = await claimed(store)
    assert mine.booking == Booking(other.id, "V-7", "-")


async def test_the_earlier_document_of_a_key_doesnt_wait_for_ever_for_one_that_is_parked_behind_it(
    store: RedisStore,
) -> None:
    """The later one has the business key, the reopened earlier one takes the order key: the later one goes first."""
    first, later = [await accepted(store, order_key="B1", blocks=False) for _ in range(2)]
    (mine,) = await claimed(store)
    await store.settle(settlement(mine, State.DEAD))
    (mine,) = await claimed(store)
    await store.settle(settlement(mine, State.WAITING, delay_ms=1_000_000, doubt=True))
    await store.decide(decision(first.id, "replay"))
    (mine,) = await claimed(store)
    assert mine.id == later.id
    await store.settle(settlement(mine, document="V-1"))
    (mine,) = await claimed(store)
    assert (mine.id, mine.booking.document) == (first.id, "V-1")


async def test_so_it_is_where_their_order_keys_differ(store: RedisStore, redis: Redis) -> None:
    """`later` has the business key and is parked behind `before`, which has another document."""
    waits = await accepted(store, order_key="other", blocks=False)
    before = await accepted(store, once=None, order_key="B1", blocks=False)
    later = await accepted(store, order_key="B1", blocks=False)
    one, two = await claimed(store)
    await store.settle(settlement(one, State.DEAD))
    await store.settle(settlement(two, State.DEAD))
    (mine,) = await claimed(store)
    await store.settle(settlement(mine, State.DEAD, doubt=True))
    await store.pause("erp", "a person")
    for dlv in (before, later, waits):
        await store.decide(decision(dlv.id, "replay"))
    await store.pause("erp", None)
    rounds = []
    for _ in range(3):
        (mine,) = (await store.claim(claim(want=1))).deliveries
        rounds.append(mine.id)
        await store.settle(settlement(mine, document="V-1"))
        await conflict_is_over(redis)
    assert sorted(rounds) == sorted([waits.id, before.id, later.id])
    assert rounds.index(later.id) < rounds.index(waits.id)
