"""When a lane stops: the breaker and its probe, Retry-After, too many refusals. It never stays shut for ever."""

import building
import pytest
from building import claim, draft, entry, settlement
from redis.asyncio import Redis

from relay.delivery import State
from relay.outcome import LaneEffect
from relay.store import BreakerLimits, Claimed, Hold, Settlement
from relay.stores.redis import RedisStore

LIMITS = BreakerLimits(failures=2, probe_ms=30_000, cap_ms=100_000, stop_after=3)


async def fill(store: RedisStore, count: int) -> None:
    for _ in range(count):
        await store.accept(entry(draft()))


async def one(store: RedisStore) -> Claimed:
    (claimed,) = (await store.claim(claim(want=1))).deliveries
    return claimed


def failed(claimed: Claimed, effect: LaneEffect = LaneEffect.FAILS, **fields: object) -> Settlement:
    given = {"effect": effect, "limits": LIMITS, "delay_ms": building.NEVER_MS, "reason": "connection refused"}
    return settlement(claimed, State.WAITING, **(given | fields))


async def breaker(store: RedisStore) -> str:
    (lane,) = await store.lanes(["erp"])
    return lane.breaker


async def probe_is_due(redis: Redis) -> None:
    """The wait for the next probe is over."""
    await redis.hset("l:erp", "probe_at", 1)


@pytest.fixture
async def open_lane(store: RedisStore, redis: Redis) -> None:
    """A lane of ten deliveries that two failures have opened, with its probe due."""
    await fill(store, 10)
    for _ in range(2):
        await store.settle(failed(await one(store)))
    await probe_is_due(redis)


async def test_it_opens_after_that_many_failures_in_a_row(store: RedisStore) -> None:
    await fill(store, 5)
    await store.settle(failed(await one(store)))
    await store.settle(settlement(await one(store), effect=LaneEffect.ANSWERS))
    await store.settle(failed(await one(store)))
    assert await breaker(store) == "closed"
    await store.settle(failed(await one(store)))
    assert await breaker(store) == "open"
    claims = await store.claim(claim())
    assert claims.deliveries == []
    assert 29_000 < claims.next_ms <= 30_000
    (lane,) = await store.lanes(["erp"])
    assert lane.stopped == "connection refused"


async def test_what_is_the_lanes_fault_opens_it_at_once(store: RedisStore) -> None:
    await fill(store, 1)
    await store.settle(failed(await one(store), LaneEffect.STOPS))
    assert await breaker(store) == "open"


@pytest.mark.usefixtures("open_lane")
async def test_an_open_lane_hands_out_one_probe_at_a_time(store: RedisStore) -> None:
    claims = await store.claim(claim())
    assert [(claimed.probe, claims.more) for claimed in claims.deliveries] == [(True, False)]
    assert (await store.claim(claim(worker="another"))).deliveries == []
    assert await breaker(store) == "half-open"


@pytest.mark.usefixtures("open_lane")
async def test_the_wait_doubles_up_to_its_cap(store: RedisStore, redis: Redis) -> None:
    waits = []
    for _ in range(3):
        await store.settle(failed(await one(store)))
        waits.append((await store.claim(claim())).next_ms)
        await probe_is_due(redis)
    assert all(due - 1000 < wait <= due for wait, due in zip(waits, (60_000, 100_000, 100_000), strict=True))


@pytest.mark.usefixtures("open_lane")
async def test_it_closes_on_any_answer(store: RedisStore) -> None:
    await store.settle(settlement(await one(store), State.DEAD, effect=LaneEffect.ANSWERS))
    assert await breaker(store) == "closed"
    assert len((await store.claim(claim())).deliveries) == 7


async def test_an_answer_that_closes_it_makes_its_work_due_at_once(store: RedisStore, redis: Redis) -> None:
    """The answer to an attempt from before it opened; what waits would else be found when the probe is due."""
    first, second = draft(order_key="k"), draft(order_key="k")
    await store.accept(entry(first, second))
    early = await one(store)
    await fill(store, 3)
    await store.settle(failed(await one(store), LaneEffect.STOPS))
    await store.settle(settlement(early, effect=LaneEffect.ANSWERS))
    assert await redis.zscore("lanes:due", "erp") <= (await redis.time())[0] * 1000 + 1000


@pytest.mark.usefixtures("open_lane")
async def test_a_probe_that_says_nothing_of_the_lane_leaves_it_to_the_next(store: RedisStore) -> None:
    await store.settle(settlement(await one(store), State.DEAD, effect=LaneEffect.NONE))
    assert (await one(store)).probe


@pytest.mark.usefixtures("open_lane")
async def test_a_probe_that_is_held_leaves_it_to_the_next(store: RedisStore) -> None:
    await store.settle(settlement(await one(store), State.HELD, effect=LaneEffect.NONE))
    assert await breaker(store) == "open"
    assert (await one(store)).probe


@pytest.mark.usefixtures("open_lane")
async def test_a_probe_that_is_given_back_may_be_the_next(store: RedisStore) -> None:
    probe = await one(store)
    await store.give_back(Hold(lane="erp", dlv=probe.id, token=probe.token), 0)
    assert await breaker(store) == "open"
    assert (await one(store)).id == probe.id


@pytest.mark.usefixtures("open_lane")
async def test_a_probe_whose_worker_died_before_it_began_may_be_the_next(store: RedisStore) -> None:
    (probe,) = (await store.claim(claim(lease_ms=0))).deliveries
    (again,) = (await store.claim(claim())).deliveries
    assert (again.id, again.probe, again.lost) == (probe.id, True, False)


@pytest.mark.usefixtures("open_lane")
async def test_a_lane_whose_probe_vanished_isnt_shown_as_half_open(store: RedisStore) -> None:
    await store.claim(claim(lease_ms=0))
    await store.pause("erp", "a person")
    await store.claim(claim())
    assert await breaker(store) == "open"


@pytest.mark.usefixtures("open_lane")
async def test_a_probe_whose_worker_died_under_way_is_lost_and_then_comes_the_next(store: RedisStore) -> None:
    (probe,) = (await store.claim(claim(lease_ms=0))).deliveries
    await store.begin(probe.id, probe.token, None)
    (lost,) = (await store.claim(claim())).deliveries
    assert (lost.id, lost.lost, lost.probe) == (probe.id, True, True)
    await store.settle(settlement(lost, State.HELD, effect=LaneEffect.NONE))
    assert (await one(store)).probe


@pytest.mark.usefixtures("open_lane")
async def test_a_late_probe_changes_nothing(store: RedisStore) -> None:
    (late,) = (await store.claim(claim(lease_ms=0))).deliveries
    (probe,) = (await store.claim(claim())).deliveries
    assert await store.settle(settlement(late, effect=LaneEffect.ANSWERS)) == "late"
    assert await breaker(store) == "half-open"
    assert await store.settle(settlement(probe, effect=LaneEffect.ANSWERS)) == "done"


@pytest.mark.usefixtures("open_lane")
async def test_letting_a_paused_lane_go_closes_its_breaker(store: RedisStore) -> None:
    await store.pause("erp", "a person")
    assert (await store.claim(claim())).deliveries == []
    await store.pause("erp", None)
    assert len((await store.claim(claim())).deliveries) == 8


async def test_throttled_holds_the_whole_lane_for_the_longest_time_asked(store: RedisStore) -> None:
    await fill(store, 3)
    first, second = (await store.claim(claim(want=2))).deliveries
    await store.settle(settlement(first, State.WAITING, throttle_ms=60_000, delay_ms=60_000))
    await store.settle(settlement(second, State.WAITING, throttle_ms=5, delay_ms=5))
    claims = await store.claim(claim())
    assert claims.deliveries == []
    assert 59_000 < claims.next_ms <= 60_000


def refused(claimed: Claimed, reason: str | None = "rejected: no account") -> Settlement:
    fields = {"rejected": True, "reason": reason, "limits": LIMITS, "effect": LaneEffect.ANSWERS}
    return settlement(claimed, State.DEAD, **fields)


async def test_as_many_documents_refused_in_a_row_for_one_reason_pause_the_lane(store: RedisStore) -> None:
    await fill(store, 9)
    for reason in ("one", "other", "other"):
        await store.settle(refused(await one(store), reason))
    await store.settle(settlement(await one(store)))
    for _ in range(3):
        assert not (await store.lanes(["erp"]))[0].paused
        await store.settle(refused(await one(store)))
    (lane,) = await store.lanes(["erp"])
    assert (lane.paused, lane.stopped) == (True, "stopped: 3 documents in a row were refused: rejected: no account")
    assert (await store.claim(claim())).deliveries == []


async def test_one_document_refused_again_and_again_is_one_document(store: RedisStore) -> None:
    await fill(store, 1)
    for _ in range(5):
        held = await one(store)
        await store.settle(refused(held))
        await store.decide(building.decision(held.id, "replay"))
    assert not (await store.lanes(["erp"]))[0].paused


async def test_a_refusal_without_a_reason_counts_too(store: RedisStore) -> None:
    await fill(store, 3)
    for _ in range(3):
        assert await store.settle(refused(await one(store), None)) == "done"
    assert (await store.lanes(["erp"]))[0].paused


async def test_time_under_a_pause_or_an_open_breaker_doesnt_age_a_delivery(store: RedisStore, redis: Redis) -> None:
    """First tried 100 s ago; 60 s of them closed before, 30 s of them closed now."""
    await fill(store, 1)
    held = await one(store)
    await store.settle(settlement(held, State.WAITING, delay_ms=0))
    now_ms = (await redis.time())[0] * 1000
    await redis.hset(f"d:{held.id}", mapping={"first": now_ms - 100_000, "down0": 1_000})
    await redis.hset("l:erp", mapping={"closed_ms": 61_000, "closed_since": now_ms - 30_000, "paused": "x"})
    await store.pause("erp", None)
    assert 9_000 <= (await one(store)).age_ms <= 13_000
