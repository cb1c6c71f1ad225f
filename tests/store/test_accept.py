"""What accept promises: one event of two equal ones, all of an event or nothing, groups in few calls."""

import asyncio

import pytest
from building import claim, draft, entry, new_evt, settlement, told
from redis.asyncio import Redis

from relay.delivery import EventState, State, event_state
from relay.errors import StoreUnavailable
from relay.store import Blob, Entry
from relay.stores.connecting import client
from relay.stores.redis import RedisStore


async def calls(redis: Redis, command: str) -> int:
    stats = await redis.info("commandstats")
    return stats.get(f"cmdstat_{command}", {"calls": 0})["calls"]


async def test_two_equal_events_in_one_group_are_one_new_and_one_duplicate(store: RedisStore) -> None:
    first, second = entry(draft(), mark="u:s:1"), entry(draft(), mark="u:s:1")
    answers = await asyncio.gather(store.accept(first), store.accept(second))
    assert [(answer.status, answer.id) for answer in answers] == [("new", first.evt), ("duplicate", first.evt)]
    assert len((await store.claim(claim())).deliveries) == 1


async def test_two_equal_events_from_two_processes_are_one_new_and_one_duplicate(
    store: RedisStore, redis_url: str
) -> None:
    async with client(redis_url) as other:
        entries = [entry(draft(), mark="u:s:1"), entry(draft(), mark="u:s:1")]
        stores = [store, RedisStore(other, lambda _: None)]
        answers = await asyncio.gather(*(one.accept(item) for one, item in zip(stores, entries, strict=True)))
    assert sorted(answer.status for answer in answers) == ["duplicate", "new"]
    assert len({answer.id for answer in answers}) == 1


async def test_an_accept_that_is_sent_again_answers_the_same_and_adds_nothing(store: RedisStore, redis: Redis) -> None:
    first = entry(draft(order_key="k"), mark="u:s:1")
    other = entry(draft(), mark="u:s:1", digest=Blob(b"another."))
    for item in (first, other):
        answer = await store.accept(item)
        size = await redis.dbsize()
        assert await store.accept(item) == answer
        assert await redis.dbsize() == size
    assert await redis.xlen("log") == 2


async def test_the_same_id_with_another_body_is_a_held_event(store: RedisStore) -> None:
    first = entry(draft(), mark="u:s:1")
    other = entry(draft(), mark="u:s:1", digest=Blob(b"another."))
    await store.accept(first)
    assert (await store.accept(other)).status == "differs"
    view = await store.event(other.evt)
    assert [(one.state, one.reason) for one in view.deliveries] == [
        (State.HELD, f"differs: the same id came before with another body ({first.evt})")
    ]


async def test_the_same_id_with_another_body_is_a_duplicate_where_the_source_ignores_it(store: RedisStore) -> None:
    first = entry(draft(), mark="u:s:1")
    await store.accept(first)
    other = entry(draft(), mark="u:s:1", digest=Blob(b"another."), on_differs="ignore")
    answer = await store.accept(other)
    assert (answer.status, answer.id) == ("duplicate", first.evt)
    assert await store.event(other.evt) is None


async def test_the_third_body_is_told_from_both_before(store: RedisStore) -> None:
    first, second = entry(mark="u:s:1"), entry(mark="u:s:1", digest=Blob(b"another."))
    await store.accept(first)
    await store.accept(second)
    again = await store.accept(entry(mark="u:s:1", digest=Blob(b"another.")))
    assert (again.status, again.id) == ("duplicate", second.evt)


def broken(lane: str = "broken") -> Entry:
    return entry(draft(order_key="k"), draft(lane, order_key="k"), callbacks=[[told()], []])


async def test_an_error_in_one_event_leaves_the_others_of_its_group(store: RedisStore, redis: Redis) -> None:
    await redis.set("l:broken:ready", "not a sorted set")
    before, bad, after = entry(draft()), broken(), entry(draft())
    answers = await asyncio.gather(*map(store.accept, (before, bad, after)), return_exceptions=True)
    assert [getattr(answer, "status", type(answer)) for answer in answers] == ["new", StoreUnavailable, "new"]
    assert {one.event.id for one in (await store.claim(claim())).deliveries} == {before.evt, after.evt}


async def test_an_event_that_fails_half_way_leaves_nothing_behind(store: RedisStore, redis: Redis) -> None:
    """Nothing of it is sent, and the next delivery of its order key isn't parked behind it."""
    await redis.set("l:broken:ready", "not a sorted set")
    bad = broken()
    with pytest.raises(StoreUnavailable):
        await store.accept(bad)
    keys = {key.decode() for key in await redis.keys("*")} - {
        "seq",
        "lanes",
        "lanes:due",
        "poison",
        "layout",
        "l:broken:ready",
    }
    assert keys == set()
    good = entry(draft(order_key="k"))
    await store.accept(good)
    assert [one.event.id for one in (await store.claim(claim())).deliveries] == [good.evt]


async def test_what_failed_half_way_is_accepted_when_it_is_sent_again(store: RedisStore, redis: Redis) -> None:
    await redis.set("l:broken:ready", "not a sorted set")
    bad = broken()
    with pytest.raises(StoreUnavailable):
        await store.accept(bad)
    await redis.delete("l:broken:ready")
    assert (await store.accept(bad)).status == "new"
    assert len((await store.claim(claim("broken"))).deliveries) == 1


async def test_a_follower_that_fails_half_way_leaves_the_owner_its_order_key(store: RedisStore, redis: Redis) -> None:
    first, last = entry(draft(order_key="k")), entry(draft(order_key="k"))
    await store.accept(first)
    await redis.set("l:broken:ready", "not a sorted set")
    with pytest.raises(StoreUnavailable):
        await store.accept(broken())
    await store.accept(last)
    (held,) = (await store.claim(claim())).deliveries
    assert held.event.id == first.evt
    await store.settle(settlement(held))
    assert [one.event.id for one in (await store.claim(claim())).deliveries] == [last.evt]


async def test_a_callback_at_accept_tells_the_event_as_all_its_deliveries_make_it(store: RedisStore) -> None:
    dead, pending = draft(state=State.DEAD, reason="routing: no"), draft()
    await store.accept(entry(dead, pending, callbacks=[[told()], []]))
    (callback,) = (await store.claim(claim("status"))).deliveries
    assert callback.notice.event_state == event_state([State.DEAD, State.PENDING]) == EventState.PENDING
    assert (callback.notice.delivery, callback.notice.nth, callback.notice.snapshot) == (dead.id, 1, b"snapshot")


async def test_what_is_born_dead_blocks_its_order_key_as_one_that_died_does(store: RedisStore) -> None:
    dead = draft(order_key="k", state=State.DEAD, reason="routing: no")
    await store.accept(entry(dead))
    await store.accept(entry(draft(order_key="k")))
    assert (await store.claim(claim())).deliveries == []


async def test_what_is_born_dead_and_lets_others_go_on_doesnt_block(store: RedisStore) -> None:
    await store.accept(entry(draft(order_key="k", state=State.DEAD, reason="routing: no", blocks=False)))
    await store.accept(entry(draft(order_key="k")))
    assert len((await store.claim(claim())).deliveries) == 1


async def test_an_event_without_deliveries_has_ended_and_is_unrouted(store: RedisStore, redis: Redis) -> None:
    item = entry()
    await store.accept(item)
    assert await redis.zscore("ended", item.evt) is not None
    assert (await store.event(item.evt)).deliveries == []


async def test_concurrent_accepts_share_few_calls(store: RedisStore, redis: Redis) -> None:
    """200 at one instant are four groups: of 64, 64, 64 and 8."""
    await store.accept(entry())
    before = await calls(redis, "evalsha")
    await asyncio.gather(*(store.accept(entry(draft())) for _ in range(200)))
    assert await calls(redis, "evalsha") - before == 4


async def test_a_group_isnt_larger_than_its_bytes(store: RedisStore, redis: Redis) -> None:
    await store.accept(entry())
    before = await calls(redis, "evalsha")
    large = [entry(packed=Blob(b"x" * (100 << 10)), evt=new_evt()) for _ in range(6)]
    await asyncio.gather(*map(store.accept, large))
    assert await calls(redis, "evalsha") - before == 3


async def test_a_lane_that_wakes_is_rung_once(store: RedisStore, woken: list[str]) -> None:
    """The first delivery wakes the lane, the second finds it awake; so does one that is parked."""
    for _ in range(3):
        await store.accept(entry(draft(order_key="k")))
    assert woken == ["erp"]
