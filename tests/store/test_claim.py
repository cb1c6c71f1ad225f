"""What claim promises: leases, limits, pace, doubt, and the same cost for ten deliveries as for twenty thousand."""

import asyncio

import pytest
from building import NEVER_MS, claim, draft, entry, settlement
from redis.asyncio import Redis

from relay.delivery import State
from relay.store import Blob, Hold
from relay.stores.redis import RedisStore


async def fill(store: RedisStore, count: int, **fields: object) -> list[str]:
    drafts = [draft(**fields) for _ in range(count)]
    await asyncio.gather(*(store.accept(entry(one)) for one in drafts))
    return [one.id for one in drafts]


async def test_deliveries_come_in_the_order_in_which_they_were_accepted(store: RedisStore) -> None:
    ids = await fill(store, 5)
    assert [one.id for one in (await store.claim(claim())).deliveries] == ids


async def test_later_ones_of_an_order_key_wait_for_the_earlier_and_others_go_on(store: RedisStore) -> None:
    first, second = await fill(store, 2, order_key="a")
    (other,) = await fill(store, 1, order_key="b")
    claims = await store.claim(claim())
    assert [one.id for one in claims.deliveries] == [first, other]
    await store.settle(settlement(claims.deliveries[0]))
    assert [one.id for one in (await store.claim(claim())).deliveries] == [second]


async def test_no_more_are_leased_than_the_concurrency_over_all_workers(store: RedisStore) -> None:
    await fill(store, 5)
    first = await store.claim(claim(worker="a", concurrency=3, want=2))
    assert (len(first.deliveries), first.more) == (2, True)
    second = await store.claim(claim(worker="b", concurrency=3))
    assert (len(second.deliveries), second.more, second.ready) == (1, False, True)
    assert (await store.claim(claim(worker="c", concurrency=3))).deliveries == []


async def test_a_full_lane_says_that_work_comes_when_a_lease_ends(store: RedisStore) -> None:
    await fill(store, 2)
    claims = await store.claim(claim(concurrency=1, lease_ms=60_000))
    assert not claims.more
    assert 50_000 < claims.next_ms <= 60_000


async def test_a_lane_without_work_says_never(store: RedisStore) -> None:
    claims = await store.claim(claim())
    assert (claims.next_ms, claims.more, claims.ready) == (None, False, False)


async def test_starts_are_paced_and_no_further_ahead_than_asked(store: RedisStore) -> None:
    await fill(store, 10)
    claims = await store.claim(claim(pace_ms=300, ahead_ms=1000))
    starts = [one.start_ms for one in claims.deliveries]
    assert starts == [0, 300, 600, 900]
    assert 0 < claims.next_ms <= 200
    assert (await store.claim(claim(pace_ms=300, ahead_ms=0))).deliveries == []


async def test_the_pace_holds_over_workers(store: RedisStore) -> None:
    await fill(store, 10)
    await store.claim(claim(worker="a", pace_ms=NEVER_MS / 10, ahead_ms=0))
    second = await store.claim(claim(worker="b", pace_ms=NEVER_MS / 10, ahead_ms=0))
    assert (second.deliveries, second.more) == ([], False)


async def test_a_claim_that_is_repeated_gives_the_same_deliveries_at_the_same_starts(store: RedisStore) -> None:
    await fill(store, 10)
    asked = claim(pace_ms=100_000, ahead_ms=150_000)
    first, again = await store.claim(asked), await store.claim(asked)
    assert [one.id for one in again.deliveries] == [one.id for one in first.deliveries]
    assert [one.start_ms for one in first.deliveries] == [0, 100_000]
    assert 99_000 < again.deliveries[1].start_ms <= 100_000


async def test_a_claim_whose_id_begins_like_the_last_one_is_another_claim(store: RedisStore) -> None:
    await fill(store, 2)
    await store.claim(claim(claim="c10", want=1))
    assert [one.token for one in (await store.claim(claim(claim="c1"))).deliveries] == ["c1"]


async def test_a_lease_that_ended_before_the_attempt_began_is_no_doubt(store: RedisStore) -> None:
    (dlv,) = await fill(store, 1)
    old = (await store.claim(claim(lease_ms=0))).deliveries[0]
    (new,) = (await store.claim(claim())).deliveries
    assert (new.id, new.lost, new.doubt, new.attempts) == (dlv, False, False, 0)
    assert not await store.begin(dlv, old.token, None)


async def test_a_lease_that_ended_after_the_attempt_began_is_lost_and_so_is_the_next(store: RedisStore) -> None:
    (dlv,) = await fill(store, 1)
    old = (await store.claim(claim(lease_ms=0))).deliveries[0]
    assert await store.begin(dlv, old.token, Blob(b"bytes"))
    (lost,) = (await store.claim(claim(lease_ms=0))).deliveries
    (lost_again,) = (await store.claim(claim())).deliveries
    assert (lost.lost, lost_again.lost, lost_again.rendered) == (True, True, b"bytes")


async def test_what_is_lost_is_handed_out_while_the_lane_is_paused(store: RedisStore) -> None:
    (dlv,) = await fill(store, 1)
    old = (await store.claim(claim(lease_ms=0))).deliveries[0]
    await store.begin(dlv, old.token, None)
    await store.pause("erp", "a person")
    assert [one.lost for one in (await store.claim(claim())).deliveries] == [True]


async def test_time_alone_takes_no_token(store: RedisStore) -> None:
    await fill(store, 1)
    (held,) = (await store.claim(claim(lease_ms=0))).deliveries
    assert await store.begin(held.id, held.token, None)
    assert await store.settle(settlement(held)) == "done"


async def test_extend_prolongs_what_is_held_and_never_shortens_it(store: RedisStore, redis: Redis) -> None:
    await fill(store, 1)
    (held,) = (await store.claim(claim(lease_ms=NEVER_MS))).deliveries
    ends = await redis.zscore("l:erp:fly", held.id)
    hold = Hold(lane="erp", dlv=held.id, token=held.token)
    assert await store.extend([hold, Hold(lane="erp", dlv=held.id, token="another")], 10) == [True, False]
    assert await redis.zscore("l:erp:fly", held.id) == ends
    assert await store.extend([hold], 2 * NEVER_MS) == [True]
    assert await redis.zscore("l:erp:fly", held.id) > ends


async def test_what_wasnt_begun_is_given_back_to_its_place(store: RedisStore) -> None:
    ids = await fill(store, 2)
    (held,) = (await store.claim(claim(want=1))).deliveries
    for _ in range(2):
        await store.give_back(Hold(lane="erp", dlv=held.id, token=held.token), 0)
    assert [one.id for one in (await store.claim(claim())).deliveries] == ids


async def test_what_was_begun_isnt_given_back(store: RedisStore) -> None:
    await fill(store, 1)
    (held,) = (await store.claim(claim())).deliveries
    await store.begin(held.id, held.token, None)
    await store.give_back(Hold(lane="erp", dlv=held.id, token=held.token), 0)
    assert (await store.delivery(held.id)).state is State.IN_FLIGHT


async def test_what_waits_is_claimed_in_its_old_place_when_it_is_due(store: RedisStore) -> None:
    ids = await fill(store, 3)
    first = (await store.claim(claim(want=1))).deliveries[0]
    await store.settle(settlement(first, State.WAITING, delay_ms=0))
    assert [one.id for one in (await store.claim(claim())).deliveries] == ids


@pytest.mark.parametrize("keys", [None, "one key"], ids=["ready", "parked"])
async def test_a_claim_costs_the_same_whatever_waits(store: RedisStore, redis: Redis, keys: str | None) -> None:
    """Redis commands of one claim and one settle, with 10 and with 20,010 deliveries on the lane."""
    costs = []
    for events, drafts in ((1, 10), (200, 100)):
        for _ in range(events):
            await store.accept(entry(*(draft(order_key=keys) for _ in range(drafts))))
        await redis.config_resetstat()
        (held,) = (await store.claim(claim(want=1))).deliveries
        await store.settle(settlement(held))
        stats = await redis.info("commandstats")
        asides = ("cmdstat_info", "cmdstat_config", "cmdstat_eval")  # a script's first call loads it
        costs.append({name: one["calls"] for name, one in stats.items() if not name.startswith(asides)})
    assert costs[0] == costs[1]
