"""What a person decides: replay and release free or take the order key, act once, and never block each other."""

import pytest
from building import NEVER_MS, claim, decision, draft, entry, settlement, told
from redis.asyncio import Redis

from relay.delivery import TRANSITIONS, Draft, State, Step
from relay.store import Blob, Claimed
from relay.stores.redis import RedisStore

STEPS = {
    "replay": Step.REPLAY,
    "again": Step.AGAIN,
    "delivered": Step.RELEASE_DELIVERED,
    "retry": Step.RELEASE_RETRY,
    "dead": Step.RELEASE_DEAD,
}


async def claimed(store: RedisStore, *drafts: Draft) -> Claimed:
    for one in drafts:
        await store.accept(entry(one))
    return (await store.claim(claim())).deliveries[0]


async def ids(store: RedisStore) -> list[str]:
    return [one.id for one in (await store.claim(claim())).deliveries]


@pytest.mark.parametrize("decide", STEPS)
@pytest.mark.parametrize("state", [State.DELIVERED, State.WAITING, State.CONFIRMING, State.HELD, State.DEAD])
async def test_a_person_may_do_what_the_table_says(store: RedisStore, state: State, decide: str) -> None:
    held = await claimed(store, draft())
    await store.settle(settlement(held, state, delay_ms=NEVER_MS))
    after = TRANSITIONS.get((state, STEPS[decide]))
    if decide == "again":  # it asks for what replay does, and for more
        after = after or TRANSITIONS.get((state, Step.REPLAY))
    answer = await store.decide(decision(held.id, decide))
    assert answer == ("done" if after else state)
    assert (await store.delivery(held.id)).state == (after or state)


async def test_a_decision_that_is_sent_again_acts_once(store: RedisStore) -> None:
    held = await claimed(store, draft())
    await store.settle(settlement(held, State.DEAD))
    asked = decision(held.id, "delivered", document="V-1", callbacks=[told()])
    assert [await store.decide(asked) for _ in range(2)] == ["done", "again"]
    assert len((await store.delivery(held.id)).attempts) == 2
    assert len((await store.claim(claim("status"))).deliveries) == 1


async def test_an_unknown_delivery_is_missing(store: RedisStore) -> None:
    assert [await store.decide(decision("dlv_none", one)) for one in ("replay", "dead")] == ["missing", "missing"]


async def test_a_replay_renders_anew_and_a_retry_sends_the_same_bytes(store: RedisStore) -> None:
    held = await claimed(store, draft())
    for decide, rendered in (("retry", b"bytes"), ("replay", None)):
        await store.begin(held.id, held.token, Blob(b"bytes"))
        await store.settle(settlement(held, State.HELD, counts=True))
        await store.decide(decision(held.id, decide))
        (held,) = (await store.claim(claim())).deliveries
        assert (held.rendered, held.tries) == (rendered, 0)


@pytest.mark.parametrize("decide", ["delivered", "dead"])
async def test_an_ending_frees_the_order_key_whatever_the_route_says(store: RedisStore, decide: str) -> None:
    first, second = draft(order_key="k"), draft(order_key="k")
    await store.settle(settlement(await claimed(store, first, second), State.DEAD))
    assert await ids(store) == []
    await store.decide(decision(first.id, decide))
    assert await ids(store) == [second.id]


async def test_a_reopened_delivery_goes_before_a_later_one_that_isnt_under_way(store: RedisStore) -> None:
    first, second = draft(order_key="k", blocks=False), draft(order_key="k")
    await store.settle(settlement(await claimed(store, first, second), State.DEAD))
    await store.decide(decision(first.id, "replay"))
    (held,) = (await store.claim(claim())).deliveries
    assert held.id == first.id
    await store.settle(settlement(held))
    assert await ids(store) == [second.id]


@pytest.mark.parametrize("confirming", [False, True], ids=["in flight", "confirming"])
async def test_a_reopened_delivery_waits_for_a_later_one_that_is_under_way(store: RedisStore, confirming: bool) -> None:
    first, second = draft(order_key="k", blocks=False), draft(order_key="k")
    await store.settle(settlement(await claimed(store, first, second), State.DEAD))
    (held,) = (await store.claim(claim())).deliveries
    if confirming:
        await store.settle(settlement(held, State.CONFIRMING))
    await store.decide(decision(first.id, "replay"))
    assert await ids(store) == []
    ending = store.decide(decision(held.id, "delivered")) if confirming else store.settle(settlement(held))
    assert await ending == "done"
    assert await ids(store) == [first.id]


@pytest.mark.parametrize("state", [State.HELD, State.DEAD])
async def test_a_reopened_delivery_goes_before_a_later_one_that_blocks(store: RedisStore, state: State) -> None:
    """It isn't parked behind what only a person can end; and what blocked goes on blocking."""
    first, second, third = (draft(order_key="k", blocks=blocks) for blocks in (False, True, True))
    await store.settle(settlement(await claimed(store, first, second, third), State.DEAD))
    (held,) = (await store.claim(claim())).deliveries
    await store.settle(settlement(held, state))
    await store.decide(decision(first.id, "replay"))
    (held,) = (await store.claim(claim())).deliveries
    assert held.id == first.id
    await store.settle(settlement(held))
    assert await ids(store) == []
    await store.decide(decision(second.id, "dead"))
    assert await ids(store) == [third.id]


async def test_a_held_follower_that_blocks_keeps_the_key_when_its_turn_comes(store: RedisStore) -> None:
    held = draft(order_key="k", state=State.HELD, reason="hold: born so")
    first, last = draft(order_key="k"), draft(order_key="k")
    await store.settle(settlement(await claimed(store, first, held, last)))
    assert await ids(store) == []
    await store.decide(decision(held.id, "retry"))
    (mine,) = (await store.claim(claim())).deliveries
    assert mine.id == held.id
    await store.settle(settlement(mine))
    assert await ids(store) == [last.id]


async def test_a_held_follower_may_be_decided_before_its_turn(store: RedisStore) -> None:
    held = draft(order_key="k", state=State.HELD, reason="hold: born so")
    mine = await claimed(store, draft(order_key="k"), held, last := draft(order_key="k"))
    await store.decide(decision(held.id, "dead"))
    await store.settle(settlement(mine))
    assert await ids(store) == [last.id]


async def test_a_reopened_event_hasnt_ended(store: RedisStore, redis: Redis) -> None:
    held = await claimed(store, draft())
    await store.settle(settlement(held, State.DEAD))
    assert await redis.zscore("ended", held.event.id) is not None
    await store.decide(decision(held.id, "replay"))
    assert await redis.zscore("ended", held.event.id) is None


async def test_a_decision_wakes_the_lane(store: RedisStore, woken: list[str]) -> None:
    held = await claimed(store, draft())
    await store.settle(settlement(held, State.DEAD))
    await store.claim(claim(leaving=True))
    woken.clear()
    await store.decide(decision(held.id, "replay"))
    assert woken == ["erp"]


async def test_a_retry_takes_no_document(store: RedisStore) -> None:
    held = await claimed(store, draft())
    await store.settle(settlement(held, State.HELD))
    await store.decide(decision(held.id, "retry", document="V-1"))
    assert (await store.delivery(held.id)).document is None


async def test_what_was_held_with_its_request_is_released_with_the_same_bytes(store: RedisStore) -> None:
    """It never began: what is kept of it came with the settlement."""
    held = await claimed(store, draft())
    await store.settle(settlement(held, State.HELD, rendered=Blob(b"\xffbytes"), is_attempt=False))
    await store.decide(decision(held.id, "retry"))
    (again,) = (await store.claim(claim())).deliveries
    assert (again.rendered, again.lost) == (b"\xffbytes", False)
