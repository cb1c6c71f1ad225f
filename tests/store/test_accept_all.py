"""What accept promises of several events of one POST: all of them, or nothing at all."""

import asyncio

import pytest
from building import batch, claim, draft, entry, event, new_evt, told
from msgspec.structs import replace
from redis.asyncio import Redis

from relay.delivery import State
from relay.errors import StoreUnavailable
from relay.event import pack
from relay.store import Batch, Blob, Entry
from relay.stores.redis import RedisStore

PASSING = frozenset({b"seq", b"lanes", b"lanes:due", b"poison"})
TOO_LONG_MS = 2**63 - 1000  # Redis refuses it when the mark is written, which is last of all


async def everything(redis: Redis) -> dict[bytes, bytes]:
    """What a person or a worker could see, but for what is only counted or passes."""
    return {key: await redis.dump(key) for key in await redis.keys() if key not in PASSING}


def rich(number: int, **fields: object) -> Entry:
    """An event that writes to all that an accept may write to."""
    ended = draft("oa", state=State.DEAD, reason="routing: no", order_key="k")
    return entry(draft(order_key="k"), draft(), ended, callbacks=[[], [], [told()]], mark=f"u:s:{number}", **fields)


async def test_all_are_accepted_in_their_order_each_with_its_own_id(store: RedisStore) -> None:
    entries = [entry(draft(), mark=f"u:s:{number}") for number in range(5)]
    answers = await store.accept_all(batch(*entries))
    assert [(one.status, one.id, one.deliveries) for one in answers] == [("new", one.evt, 1) for one in entries]
    assert [one.event.id for one in (await store.claim(claim())).deliveries] == [one.evt for one in entries]


async def test_one_that_was_known_is_a_duplicate_beside_others_that_are_new(store: RedisStore, redis: Redis) -> None:
    known = entry(draft(), mark="u:s:1")
    await store.accept(known)
    fresh = entry(draft(), mark="u:s:2")
    asked = batch(entry(draft(), mark="u:s:1"), fresh)
    answers = await store.accept_all(asked)
    assert [(one.status, one.id) for one in answers] == [("duplicate", known.evt), ("new", fresh.evt)]
    assert await redis.hmget(f"w:{asked.post}", "events", "left") == [f"{known.evt} {fresh.evt}".encode(), b"1"]


async def test_equal_items_of_one_post_are_one_event(store: RedisStore, redis: Redis) -> None:
    first, second = entry(draft(), mark="u:s:1"), entry(draft(), mark="u:s:1")
    answers = await store.accept_all(batch(first, second))
    assert [(one.status, one.id) for one in answers] == [("new", first.evt), ("duplicate", first.evt)]
    assert await redis.xlen("log") == 1


async def test_items_of_one_post_with_one_id_and_other_contents_are_told_apart(store: RedisStore) -> None:
    first, other = entry(draft(), mark="u:s:1"), entry(draft(), mark="u:s:1", digest=Blob(b"another."))
    answers = await store.accept_all(batch(first, other))
    assert [one.status for one in answers] == ["new", "differs"]
    (held,) = (await store.event(other.evt)).deliveries
    assert (held.state, first.evt in held.reason) == (State.HELD, True)


async def test_what_is_sent_again_after_a_lost_reply_answers_the_same_and_adds_nothing(
    store: RedisStore, redis: Redis
) -> None:
    """Also where items stood twice in it, or under one id."""
    other = entry(draft(), mark="u:s:1", digest=Blob(b"another."))
    asked = batch(rich(1), other, rich(2), entry(draft(), mark="u:s:2"))
    answers = await store.accept_all(asked)
    before = await everything(redis)
    assert await store.accept_all(asked) == answers
    assert await everything(redis) == before


async def test_a_sender_that_sends_it_all_again_is_told_the_same_ids_and_nothing_more_is_kept(
    store: RedisStore, redis: Redis
) -> None:
    asked = batch(rich(1), rich(2))
    answers = await store.accept_all(asked)
    before = await everything(redis)
    again = await store.accept_all(batch(rich(1), rich(2)))
    assert [(one.status, one.id) for one in again] == [("duplicate", one.id) for one in answers]
    assert await everything(redis) == before


async def test_the_whole_is_kept_once_with_all_ids_and_how_many_hold_it(store: RedisStore, redis: Redis) -> None:
    first, second = entry(draft()), entry()
    asked = batch(first, second, whole=b'{"events":[1,2]}')
    await store.accept_all(asked)
    kept = await redis.hgetall(f"w:{asked.post}")
    assert kept == {b"body": b'{"events":[1,2]}', b"events": f"{first.evt} {second.evt}".encode(), b"left": b"2"}


async def test_an_event_is_given_its_whole_where_that_is_still_kept(store: RedisStore) -> None:
    asked = batch(entry(), whole=b"[1]")
    await store.accept_all(asked)
    one = event(new_evt())
    wholes = [await store.with_whole(replace(one, post=post)) for post in (asked.post, "post_0", None)]
    assert [found.whole for found in wholes] == [b"[1]", None, None]


async def test_an_event_shows_all_that_came_with_it(store: RedisStore) -> None:
    ids, post = [new_evt(), new_evt()], "post_1"
    parts = [replace(event(evt), part=part, post=post) for part, evt in enumerate(ids, 1)]
    entries = [entry(evt=one.id, packed=Blob(pack(one))) for one in parts]
    await store.accept_all(Batch(post=post, whole=Blob(b"[]"), entries=entries))
    view = await store.event(ids[1])
    assert (view.event.part, view.event.post, list(view.parts)) == (2, post, ids)


async def before_it(store: RedisStore) -> None:
    """What is there already, and shares an order key and a mark with what comes."""
    await store.accept(entry(draft(order_key="k"), mark="u:s:7"))


@pytest.mark.parametrize("place", [0, 2, 4])
async def test_one_that_fails_leaves_none_of_the_others(store: RedisStore, redis: Redis, place: int) -> None:
    """It fails half way, when its lane can't be read."""
    await before_it(store)
    await redis.set("l:broken:ready", "not a sorted set")
    before = await everything(redis)
    items = [rich(number) for number in range(4)]
    items.insert(place, entry(draft(order_key="k"), draft("broken"), callbacks=[[told()], []]))
    with pytest.raises(StoreUnavailable):
        await store.accept_all(batch(*items))
    assert await everything(redis) == before


@pytest.mark.parametrize("mark", ["u:s:7", "u:s:8"])
async def test_one_that_fails_at_its_mark_leaves_not_even_those(store: RedisStore, redis: Redis, mark: str) -> None:
    """The last write of all, after the marks of the others; one of these was there before."""
    await before_it(store)
    before, kept = await everything(redis), await redis.get("u:s:7")
    other = entry(draft(), mark="u:s:7", digest=Blob(b"another."))
    last = entry(mark=mark, digest=Blob(b"a third."), window_ms=TOO_LONG_MS)
    with pytest.raises(StoreUnavailable):
        await store.accept_all(batch(rich(1), other, rich(2), last))
    assert (await everything(redis)).keys() == before.keys()
    assert (await redis.get("u:s:7")) == kept
    assert await redis.xlen("log") == 1


async def test_what_failed_is_accepted_whole_when_it_is_sent_again(store: RedisStore, redis: Redis) -> None:
    await redis.set("l:broken:ready", "not a sorted set")
    asked = batch(rich(1), entry(draft("broken")))
    with pytest.raises(StoreUnavailable):
        await store.accept_all(asked)
    await redis.delete("l:broken:ready")
    assert [one.status for one in await store.accept_all(asked)] == ["new", "new"]
    assert len((await store.claim(claim())).deliveries) == 2


async def test_others_of_its_group_are_accepted_where_a_batch_fails(store: RedisStore, redis: Redis) -> None:
    await redis.set("l:broken:ready", "not a sorted set")
    bad, good = batch(entry(draft()), entry(draft("broken"))), batch(entry(draft()), entry(draft()))
    answers = await asyncio.gather(
        store.accept(entry(draft())), store.accept_all(bad), store.accept_all(good), return_exceptions=True
    )
    assert isinstance(answers[1], StoreUnavailable)
    assert (answers[0].status, [one.status for one in answers[2]]) == ("new", ["new", "new"])
    assert len((await store.claim(claim())).deliveries) == 3


async def test_a_full_redis_takes_none_of_them(store: RedisStore, redis: Redis) -> None:
    await store.accept(entry(draft()))
    before = await everything(redis)
    await redis.config_set("maxmemory", "1mb")
    try:
        with pytest.raises(StoreUnavailable, match="maxmemory"):
            await store.accept_all(batch(rich(1), rich(2), whole=b"x" * (1 << 20)))
    finally:
        await redis.config_set("maxmemory", "0")
    assert await everything(redis) == before


async def test_an_empty_one_is_nothing(store: RedisStore, redis: Redis) -> None:
    assert await store.accept_all(batch()) == []
    assert await redis.keys("w:*") == []
