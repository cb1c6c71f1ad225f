"""Retention: bodies go first and records later, of what has ended and stands in nobody's way. The walk of test_model.py
ends with it too, whatever came before."""

import pytest
from building import NEVER_MS, batch, claim, decision, draft, entry, event, settlement, told
from msgspec.structs import replace
from redis.asyncio import Redis

from relay import record
from relay.delivery import Draft, State
from relay.event import pack
from relay.record import Record
from relay.retention import Retention
from relay.store import Blob, Entry
from relay.stores.redis import RedisStore
from relay.stores.retiring import RedisShelves

BODIES = Retention(bodies_ms=0)
ALL = Retention(bodies_ms=0, records_ms=0)
LATER = Retention(bodies_ms=NEVER_MS, records_ms=NEVER_MS)
ATTEMPT = Record(
    n=1,
    at="2026-01-01T00:00:00.000Z",
    request={"url": "https://erp.example.com", "body": "Mrs Wang's dinner"},
    response={"status": 200, "body": "Mrs Wang's voucher"},
)


@pytest.fixture
def shelves(store: RedisStore, redis: Redis) -> RedisShelves:
    return RedisShelves(redis)


def bodied(one: Draft, **fields: object) -> Entry:
    """An event with a body, under the mark that its id makes."""
    made = entry(one)
    kept = replace(event(made.evt, b"Mrs Wang's dinner", (one.id,)), external_id=made.evt, **fields)
    return replace(made, packed=Blob(pack(kept)), mark=f"u:s:{made.evt}")


async def ended(store: RedisStore, state: State = State.DELIVERED, **fields: object) -> Entry:
    """An event whose only delivery has ended so."""
    made = bodied(draft(**fields))
    await store.accept(made)
    (claimed,) = (await store.claim(claim())).deliveries
    await store.begin(claimed.id, claimed.token, Blob(b"Mrs Wang's dinner, rendered"))
    done = {"document": "V-1", "digest": "sum"} if state is State.DELIVERED else {}
    await store.settle(settlement(claimed, state, record=Blob(record.pack(ATTEMPT)), **done))
    return made


async def stored(redis: Redis) -> bytes:
    """Every value of every key."""
    names = [name async for name in redis.scan_iter()]
    return b" ".join([await redis.dump(name) or b"" for name in names if name != b"layout"]) + b" ".join(names)


async def test_after_their_time_bodies_are_nowhere_and_the_records_of_what_was_done_are(
    store: RedisStore, shelves: RedisShelves, redis: Redis
) -> None:
    made = await ended(store, once="B1")
    assert await shelves.take(BODIES, 10) == 1
    view = await store.event(made.evt)
    assert view
    assert (view.event.body, view.event.bare_ms is not None, view.state) == (b"", True, "delivered")
    (one,) = view.deliveries
    assert (one.document, one.once, record.unpack(one.attempts[0]).response) == ("V-1", "B1", {"status": 200})
    assert b"Wang" not in await redis.get(f"e:{made.evt}") + b"".join(await redis.lrange(f"a:{one.id}", 0, -1))
    assert await redis.exists(f"p:{one.id}") == 0


async def test_later_all_of_it_goes_with_its_mark_its_business_key_and_its_place_in_the_log(
    store: RedisStore, shelves: RedisShelves, redis: Redis
) -> None:
    made = await ended(store, once="B1")
    await shelves.take(ALL, 10)
    left = {name.decode() async for name in redis.scan_iter()}
    assert [name for name in left if made.evt in name or made.deliveries[0].id in name or name.startswith("o:")] == []
    assert (await redis.xlen("log"), await redis.zcard("ended"), await redis.zcard("bare")) == (0, 0, 0)


async def test_nothing_goes_before_its_time(store: RedisStore, shelves: RedisShelves, redis: Redis) -> None:
    await ended(store)
    before = await stored(redis)
    assert (await shelves.take(LATER, 10), await stored(redis)) == (0, before)


async def test_a_booked_key_is_known_while_its_records_are_kept_and_no_longer(
    store: RedisStore, shelves: RedisShelves
) -> None:
    await ended(store, once="B1")
    await shelves.take(BODIES, 10)
    await store.accept(bodied(draft(once="B1")))
    (again,) = (await store.claim(claim())).deliveries
    assert again.booking
    await store.settle(settlement(again, State.DELIVERED))
    await shelves.take(ALL, 10)
    await store.accept(bodied(draft(once="B1")))
    (anew,) = (await store.claim(claim())).deliveries
    assert anew.booking is None


async def test_what_is_dead_and_blocks_its_order_key_stays_until_a_person_decides(
    store: RedisStore, shelves: RedisShelves, redis: Redis
) -> None:
    made = await ended(store, State.DEAD, order_key="B1", blocks=True)
    before = await redis.get(f"e:{made.evt}")
    assert await shelves.take(ALL, 10) == 1
    assert await redis.get(f"e:{made.evt}") == before
    await store.decide(decision(made.deliveries[0].id, "dead"))
    await shelves.take(ALL, 10)
    assert await redis.get(f"e:{made.evt}") is None


async def test_what_is_dead_and_blocks_nothing_goes(store: RedisStore, shelves: RedisShelves) -> None:
    made = await ended(store, State.DEAD, order_key="B1", blocks=False)
    await shelves.take(ALL, 10)
    assert await store.event(made.evt) is None


async def test_what_is_dead_in_doubt_keeps_its_business_key_and_stays(store: RedisStore, shelves: RedisShelves) -> None:
    made = bodied(draft(once="B1", blocks=False))
    await store.accept(made)
    (claimed,) = (await store.claim(claim())).deliveries
    await store.settle(settlement(claimed, State.DEAD, doubt=True))
    await shelves.take(ALL, 10)
    assert (await store.event(made.evt)) is not None


async def test_an_event_with_a_callback_under_way_stays_whole(store: RedisStore, shelves: RedisShelves) -> None:
    made = bodied(draft())
    await store.accept(made)
    (claimed,) = (await store.claim(claim())).deliveries
    await store.settle(settlement(claimed, callbacks=[told()]))
    assert await shelves.take(ALL, 10) == 0
    (callback,) = (await store.claim(claim("status"))).deliveries
    await store.settle(settlement(callback))
    await shelves.take(ALL, 10)
    assert await store.event(made.evt) is None


async def test_an_unrouted_event_goes_too(store: RedisStore, shelves: RedisShelves) -> None:
    made = entry()
    await store.accept(made)
    await shelves.take(ALL, 10)
    assert await store.event(made.evt) is None


async def test_a_replay_without_a_body_is_refused_and_a_decision_about_it_isnt(
    store: RedisStore, shelves: RedisShelves
) -> None:
    made = await ended(store, State.DEAD)
    await shelves.take(BODIES, 10)
    dlv = made.deliveries[0].id
    said = [await store.decide(decision(dlv, one)) for one in ("replay", "again", "retry", "delivered")]
    assert said == ["bare", "bare", "bare", "done"]


async def test_what_a_person_decided_is_kept_from_then_on(store: RedisStore, shelves: RedisShelves) -> None:
    """Its time begins anew, though its body is gone."""
    made = await ended(store, State.DEAD)
    await shelves.take(BODIES, 10)
    await store.decide(decision(made.deliveries[0].id, "delivered", document="V-2"))
    await shelves.take(Retention(bodies_ms=NEVER_MS, records_ms=0), 10)
    assert (await store.event(made.evt)) is not None


async def test_a_post_goes_with_the_last_of_its_events(store: RedisStore, shelves: RedisShelves, redis: Redis) -> None:
    post = batch(whole=b"Mrs Wang's dinners")
    items = [bodied(draft(), post=post.post, part=part) for part in (1, 2)]
    await store.accept_all(replace(post, entries=items))
    key, seen = f"w:{post.post}", []
    for _ in items:
        (claimed,) = (await store.claim(claim(want=1))).deliveries
        await store.settle(settlement(claimed))
        await shelves.take(BODIES, 10)
        seen.append((await redis.hexists(key, "body"), await redis.hexists(key, "events")))
    assert seen == [(True, True), (False, True)]
    await shelves.take(ALL, 10)
    assert await redis.exists(key) == 0


async def test_a_mark_that_two_events_share_loses_only_the_one_that_goes(
    store: RedisStore, shelves: RedisShelves, redis: Redis
) -> None:
    first = await ended(store)
    second = replace(entry(draft()), mark=first.mark, digest=Blob(b"another."))
    assert (await store.accept(second)).status == "differs"
    await shelves.take(ALL, 10)
    assert await redis.get(first.mark) == b"another." + second.evt.encode()


async def test_what_cant_be_read_is_left_told_of_and_stops_no_other(
    store: RedisStore, shelves: RedisShelves, redis: Redis
) -> None:
    broken, other = await ended(store), await ended(store)
    await redis.set(f"e:{broken.evt}", b"nonsense")
    await shelves.take(ALL, 10)
    assert await redis.get(f"e:{broken.evt}") == b"nonsense"
    assert any(broken.evt.encode() in one for one in await redis.zrange("poison", 0, -1))
    assert await store.event(other.evt) is None


async def test_a_turn_is_had_by_one_at_a_time(shelves: RedisShelves) -> None:
    assert [await shelves.turn(NEVER_MS) for _ in range(3)] == [True, False, False]


async def commands(redis: Redis) -> int:
    return sum(one["calls"] for one in (await redis.info("commandstats")).values())


async def test_a_step_costs_the_same_however_many_have_ended(
    store: RedisStore, shelves: RedisShelves, redis: Redis
) -> None:
    """It looks at no more than it was asked to."""
    costs = []
    for many in (5, 5, 500):  # the first loads the scripts
        await redis.flushdb()
        for _ in range(many):
            await store.accept(entry())
        before = await commands(redis)
        assert await shelves.take(BODIES, 5) == 5
        costs.append(await commands(redis) - before)
    assert costs[1] == costs[2]
