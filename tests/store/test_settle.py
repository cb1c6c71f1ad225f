"""What settle promises: one ending under one token, with its callback; what comes late is kept as evidence."""

import asyncio

import pytest
from building import NEVER_MS, claim, decision, draft, entry, settlement, told
from redis.asyncio import Redis

from relay.delivery import Draft, State
from relay.store import Blob, Claimed, Follower
from relay.stores.redis import RedisStore


async def claimed(store: RedisStore, *drafts: Draft, **fields: object) -> Claimed:
    await store.accept(entry(*(drafts or [draft()])))
    return (await store.claim(claim(**fields))).deliveries[0]


async def test_an_ending_is_written_once_however_often_it_is_sent(store: RedisStore) -> None:
    held = await claimed(store)
    ending = settlement(held, document="V-1", callbacks=[told()])
    assert [await store.settle(ending) for _ in range(3)] == ["done", "again", "again"]
    view = await store.delivery(held.id)
    assert (view.state, view.document, view.attempts) == (State.DELIVERED, "V-1", [bytes(ending.record)])
    assert len((await store.claim(claim("status"))).deliveries) == 1


async def test_the_same_ending_twice_in_one_group_is_written_once(store: RedisStore) -> None:
    ending = settlement(await claimed(store), callbacks=[told()])
    assert await asyncio.gather(store.settle(ending), store.settle(ending)) == ["done", "again"]
    assert len((await store.claim(claim("status"))).deliveries) == 1


async def test_a_late_result_is_kept_and_changes_no_state(store: RedisStore) -> None:
    late = await claimed(store, lease_ms=0)
    (mine,) = (await store.claim(claim())).deliveries
    evidence = settlement(late, document="V-1", callbacks=[told()], record=Blob(b"booked as V-1"))
    assert [await store.settle(evidence) for _ in range(2)] == ["late", "late"]
    view = await store.delivery(late.id)
    assert (view.state, view.document, view.attempts) == (State.IN_FLIGHT, None, [b"booked as V-1"])
    assert await store.settle(settlement(mine, State.HELD, reason="unknown")) == "done"
    assert (await store.claim(claim("status"))).deliveries == []


async def test_a_late_result_is_kept_after_the_delivery_has_ended(store: RedisStore) -> None:
    late = await claimed(store, lease_ms=0)
    (mine,) = (await store.claim(claim())).deliveries
    await store.settle(settlement(mine, State.DEAD, reason="rejected: no"))
    assert await store.settle(settlement(late, document="V-1")) == "late"
    view = await store.delivery(late.id)
    assert (view.state, view.reason, len(view.attempts)) == (State.DEAD, "rejected: no", 2)


async def test_the_callbacks_of_a_delivery_rise_and_go_in_order(store: RedisStore) -> None:
    """Each tells the event's state at its own time, and the second waits for the first."""
    held = await claimed(store, draft(), draft("oa"))
    await store.settle(settlement(held, State.WAITING, delay_ms=0, callbacks=[told()]))
    (held,) = (await store.claim(claim())).deliveries
    (other,) = (await store.claim(claim("oa"))).deliveries
    await store.settle(settlement(other, callbacks=[told()]))
    await store.settle(settlement(held, State.DEAD, callbacks=[told()]))
    callbacks = (await store.claim(claim("status"))).deliveries
    assert [one.id for one in callbacks] == [f"{held.id}-1", f"{other.id}-1"]
    assert [(one.notice.nth, one.notice.event_state) for one in callbacks] == [(1, "pending"), (2, "pending")]
    await store.settle(settlement(callbacks[0]))
    (last,) = (await store.claim(claim("status"))).deliveries
    assert (last.id, last.notice.nth, last.notice.event_state) == (f"{held.id}-2", 3, "partial")


async def test_an_event_has_ended_when_its_callbacks_have(store: RedisStore, redis: Redis) -> None:
    held = await claimed(store)
    await store.settle(settlement(held, callbacks=[told()]))
    assert await redis.zscore("ended", held.event.id) is None
    (callback,) = (await store.claim(claim("status"))).deliveries
    await store.settle(settlement(callback))
    assert await redis.zscore("ended", held.event.id) is not None


@pytest.mark.parametrize("state", [State.DEAD, State.HELD])
@pytest.mark.parametrize("blocks", [True, False], ids=["block", "continue"])
async def test_on_dead_says_whether_later_ones_go_on(store: RedisStore, state: State, blocks: bool) -> None:
    held = await claimed(store, draft(order_key="k", blocks=blocks), draft(order_key="k"))
    await store.settle(settlement(held, state))
    assert len((await store.claim(claim())).deliveries) == (0 if blocks else 1)


async def test_the_reason_of_an_earlier_attempt_doesnt_outlive_it(store: RedisStore) -> None:
    held = await claimed(store)
    await store.settle(settlement(held, State.WAITING, reason="busy", delay_ms=0))
    assert (await store.delivery(held.id)).reason == "busy"
    (held,) = (await store.claim(claim())).deliveries
    await store.settle(settlement(held))
    assert (await store.delivery(held.id)).reason is None


async def test_what_counts_and_what_is_in_doubt_comes_with_the_next_claim(store: RedisStore) -> None:
    held = await claimed(store)
    await store.settle(settlement(held, State.WAITING, delay_ms=0))
    (held,) = (await store.claim(claim())).deliveries
    await store.settle(settlement(held, State.WAITING, delay_ms=0, counts=True, doubt=True))
    (held,) = (await store.claim(claim())).deliveries
    assert (held.attempts, held.tries, held.doubt) == (2, 1, True)


async def test_what_waits_says_when_it_is_due(store: RedisStore, redis: Redis) -> None:
    held = await claimed(store)
    await store.settle(settlement(held, State.WAITING, delay_ms=NEVER_MS))
    now_ms = (await redis.time())[0] * 1000
    assert now_ms < (await store.delivery(held.id)).due_ms <= now_ms + NEVER_MS + 1000


async def test_the_attempts_of_one_delivery_are_bounded(store: RedisStore) -> None:
    held = await claimed(store)
    for _ in range(210):
        await store.settle(settlement(held, State.WAITING, delay_ms=0))
        (held,) = (await store.claim(claim())).deliveries
    assert (len((await store.delivery(held.id)).attempts), held.attempts) == (200, 210)


def follower(lane: str = "archive", **fields: object) -> Follower:
    given = {"after": "dlv_earlier", "prior": Blob(b'{"document":"V-1"}')}
    return Follower(id=draft().id, lane=lane, route="after", **given, **fields)


async def test_what_follows_is_made_once_with_the_ending(store: RedisStore) -> None:
    held, after = await claimed(store), follower()
    ending = settlement(held, document="V-1", follow=[after], callbacks=[told()])
    assert [await store.settle(ending) for _ in range(2)] == ["done", "again"]
    (mine,) = (await store.claim(claim("archive"))).deliveries
    assert (mine.id, mine.prior, mine.notice, mine.event.id) == (after.id, after.prior, None, held.event.id)
    (callback,) = (await store.claim(claim("status"))).deliveries
    assert callback.notice.event_state == "pending"
    view = await store.event(held.event.id)
    assert [one.id for one in view.deliveries] == [held.id, after.id]


async def test_what_follows_an_ending_isnt_made_again_by_another_one(store: RedisStore) -> None:
    held, after = await claimed(store), follower()
    await store.settle(settlement(held, follow=[after]))
    (mine,) = (await store.claim(claim("archive"))).deliveries
    await store.settle(settlement(mine))
    await store.decide(decision(held.id, "again"))
    (held,) = (await store.claim(claim())).deliveries
    assert await store.settle(settlement(held, follow=[after])) == "done"
    assert (await store.claim(claim("archive"))).deliveries == []


async def test_a_release_leads_on_as_a_settlement_does(store: RedisStore) -> None:
    held, after = await claimed(store), follower(state=State.DEAD, reason="routing: x", callbacks=[told()])
    await store.settle(settlement(held, State.HELD))
    released = decision(held.id, "delivered", document="V-1", follow=[after])
    assert [await store.decide(released) for _ in range(2)] == ["done", "again"]
    assert (await store.delivery(after.id)).state is State.DEAD
    assert len((await store.claim(claim("status"))).deliveries) == 1
