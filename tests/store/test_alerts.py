"""What is gathered to be told: outages, bursts and lost workers, each once, and nothing where nobody listens."""

import pytest
from building import claim, decision, draft, entry, settlement, told
from redis.asyncio import Redis

from relay.alert import Alert, Kind, Notice
from relay.delivery import Draft, State
from relay.outcome import LaneEffect
from relay.store import Blob, BreakerLimits, Claimed
from relay.stores.alerts import RedisAlerts
from relay.stores.redis import RedisStore

LIMITS = BreakerLimits(failures=2, probe_ms=0, cap_ms=0, stop_after=3)
OUTAGE = (Kind.DOWN, Kind.UP)


@pytest.fixture
async def alerts(redis: Redis) -> RedisAlerts:
    """Nothing is gathered for longer than the test asks, and no rest is needed."""
    found = RedisAlerts(redis, gather_ms=0, every_ms=0, lost_ms=1_000_000)
    await found.listen(True)
    return found


async def one(store: RedisStore) -> Claimed:
    (claimed,) = (await store.claim(claim(want=1))).deliveries
    return claimed


async def fails(store: RedisStore) -> None:
    found = await one(store)
    given = {"effect": LaneEffect.FAILS, "limits": LIMITS, "reason": "connection refused"}
    await store.settle(settlement(found, State.WAITING, **given))


async def answers(store: RedisStore) -> None:
    await store.settle(settlement(await one(store), effect=LaneEffect.ANSWERS, limits=LIMITS))


async def down(store: RedisStore, lane: str = "erp", **more: str) -> None:
    await store.accept(entry(*[draft(lane) for _ in range(3)], **more))
    for _ in range(5):
        await fails(store)


async def dies(store: RedisStore, reason: str = "rejected: no account", **more: object) -> str:
    found = await one(store)
    given = {"limits": LIMITS, "reason": reason, "rejected": True}
    await store.settle(settlement(found, State.DEAD, **(given | more)))
    return found.id


async def taken(alerts: RedisAlerts, *kinds: Kind) -> list[Alert]:
    found = [alert for alert in await alerts.take("w") if not kinds or alert.kind in kinds]
    await alerts.alerted([alert.id for alert in found])
    return found


async def test_an_outage_is_one_alert_and_its_end_another(store: RedisStore, alerts: RedisAlerts) -> None:
    await down(store)
    (began,) = await taken(alerts)
    assert (began.kind, began.subject, began.reasons) == (Kind.DOWN, "erp", {"connection refused": 1})
    await fails(store)
    assert await taken(alerts) == []
    await answers(store)
    await answers(store)
    (ended,) = await taken(alerts)
    assert (ended.kind, ended.subject) == (Kind.UP, "erp")
    assert ended.since_ms <= began.since_ms
    assert await taken(alerts) == []


async def test_an_outage_that_was_over_before_it_was_told_is_still_told(store: RedisStore, alerts: RedisAlerts) -> None:
    await down(store)
    await answers(store)
    assert [alert.kind for alert in await taken(alerts)] == [Kind.DOWN, Kind.UP]


async def test_an_outage_that_begins_again_before_its_end_was_told_goes_on(store: RedisStore, redis: Redis) -> None:
    alerts = RedisAlerts(redis, gather_ms=1_000_000)
    await alerts.listen(True)
    await down(store)
    (began,) = await taken(alerts)
    await answers(store)
    await fails(store)
    await fails(store)
    assert await redis.keys("alert:*") == []
    await answers(store)
    assert await redis.hget("alert:destination.up/erp", "since") == str(began.since_ms).encode()


async def test_a_lane_that_a_person_lets_go_is_up_again(store: RedisStore, alerts: RedisAlerts) -> None:
    await down(store)
    await store.pause("erp", "a person")
    await store.pause("erp", None)
    assert [alert.kind for alert in await taken(alerts)] == [Kind.DOWN, Kind.UP]


async def test_a_persons_own_pause_is_no_alert(store: RedisStore, alerts: RedisAlerts) -> None:
    await store.pause("erp", "a person")
    await store.pause("erp", None)
    assert await taken(alerts) == []


async def test_a_lane_that_stops_says_why_and_is_up_when_a_person_lets_it_go(
    store: RedisStore, alerts: RedisAlerts
) -> None:
    await store.accept(entry(*[draft() for _ in range(5)]))
    for _ in range(3):
        await dies(store)
    (stopped,) = await taken(alerts, Kind.STOPPED)
    assert list(stopped.reasons) == ["stopped: 3 documents in a row were refused: rejected: no account"]
    await store.pause("erp", None)
    assert [alert.kind for alert in await taken(alerts)] == [Kind.UP]


async def test_a_burst_is_one_alert_with_a_count_and_a_few_of_it(store: RedisStore, alerts: RedisAlerts) -> None:
    await store.accept(entry(*[draft() for _ in range(30)]))
    ids = [await dies(store, f"rejected: {number % 4}", rejected=False) for number in range(30)]
    (alert,) = await taken(alerts)
    assert (alert.kind, alert.subject, alert.count) == (Kind.DEAD, "erp", 30)
    assert alert.examples == ids[:5]
    assert alert.reasons == {"rejected: 0": 8, "rejected: 1": 8, "rejected: 2": 7}


async def test_what_comes_after_one_was_told_waits_for_the_next(store: RedisStore, redis: Redis) -> None:
    alerts = RedisAlerts(redis, gather_ms=0, every_ms=1_000_000)
    await alerts.listen(True)
    await store.accept(entry(draft(state=State.HELD, reason="hold: look")))
    assert [alert.count for alert in await taken(alerts)] == [1]
    await store.accept(entry(draft(state=State.HELD, reason="hold: look"), draft(state=State.HELD, reason="hold")))
    assert await taken(alerts) == []
    assert await redis.hget("alert:delivery.held/erp", "count") == b"2"
    (due,) = await redis.zrange("alerts:due", 0, -1, withscores=True)
    assert due[1] > (await redis.time())[0] * 1000 + 900_000


async def test_what_is_born_dead_or_unrouted_is_told(store: RedisStore, alerts: RedisAlerts) -> None:
    await store.accept(entry(draft(state=State.DEAD, reason="routing: when")))
    evt = (await store.accept(entry(mark="u:s:one"))).id
    dead, unrouted = await taken(alerts)
    assert (dead.kind, dead.reasons) == (Kind.DEAD, {"routing: when": 1})
    assert (unrouted.kind, unrouted.subject, unrouted.examples) == (Kind.UNROUTED, "s", [evt])


async def test_a_document_that_was_read_and_leads_nowhere_is_told_as_unrouted(
    store: RedisStore, alerts: RedisAlerts
) -> None:
    await store.accept(entry(Draft(id=draft().id, lane="erp", route="fetch:flow")))
    found = await one(store)
    await store.settle(settlement(found, fetched=Blob(b"{}"), unrouted="s"))
    (alert,) = await taken(alerts)
    assert (alert.kind, alert.subject, alert.examples) == (Kind.UNROUTED, "s", [found.event.id])


async def test_what_a_person_gives_up_is_no_alert(store: RedisStore, alerts: RedisAlerts) -> None:
    held = draft(state=State.HELD, reason="hold")
    await store.accept(entry(held))
    await taken(alerts)
    await store.decide(decision(held.id, "dead"))
    assert await taken(alerts) == []


async def test_neither_alerts_nor_callbacks_are_told_of(store: RedisStore, alerts: RedisAlerts) -> None:
    await store.accept(entry(draft(), mark="u:relay:one"))
    await dies(store)
    await store.accept(entry(draft(state=State.DEAD, reason="routing: to"), mark="u:relay:two"))
    await store.accept(entry(mark="u:relay:three"))
    await down(store, mark="u:relay:four")
    await answers(store)
    assert await taken(alerts) == []
    await store.accept(entry(draft("other", state=State.HELD, reason="hold"), callbacks=[[told("erp")]]))
    await taken(alerts)
    await store.pause("erp", None)
    while claimed := (await store.claim(claim())).deliveries:
        for each in claimed:
            await store.settle(settlement(each, State.DEAD))
    assert await taken(alerts, Kind.DEAD) == []


async def test_what_was_taken_and_not_stored_is_taken_again_the_same(store: RedisStore, redis: Redis) -> None:
    """Its worker was killed; another has it once the lease is over, and what came since is another."""
    alerts = RedisAlerts(redis, gather_ms=0, every_ms=0, lease_ms=1_000_000)
    await alerts.listen(True)
    await store.accept(entry(draft(state=State.DEAD, reason="routing: one")))
    (first,) = await alerts.take("killed")
    await store.accept(entry(draft(state=State.DEAD, reason="routing: two")))
    assert [alert.reasons for alert in await alerts.take("w")] == [{"routing: two": 1}]
    await redis.zadd("alerts:taken", {first.id: 1})
    assert await alerts.take("w") == [first]
    await alerts.alerted([first.id])
    await redis.zadd("alerts:taken", dict.fromkeys(await redis.zrange("alerts:taken", 0, -1), 1))
    assert [alert.reasons for alert in await alerts.take("w")] == [{"routing: two": 1}]


async def test_nothing_is_noted_where_nobody_listens(store: RedisStore, redis: Redis) -> None:
    await down(store)
    await store.accept(entry())
    await RedisAlerts(redis).notice([Notice(kind=Kind.REFUSED, subject="s")])
    assert await redis.keys("alert*") == []


async def test_what_was_gathered_is_forgotten_when_nobody_listens_any_more(
    store: RedisStore, redis: Redis, alerts: RedisAlerts
) -> None:
    await down(store)
    await alerts.take("w")
    await store.accept(entry())
    await alerts.listen(False)
    assert await redis.keys("al*") == []


async def test_a_worker_that_says_nothing_is_lost_once_and_one_that_said_goodbye_is_not(
    redis: Redis, alerts: RedisAlerts
) -> None:
    for name in ("a", "b", "c"):
        await alerts.take(name)
    await alerts.goodbye("c")
    await redis.zadd("alive", {"a": 1})
    (lost,) = await taken(alerts, Kind.LOST)
    assert lost.examples == ["a"]
    assert await taken(alerts) == []


async def test_where_redis_was_away_no_worker_is_lost(redis: Redis, alerts: RedisAlerts) -> None:
    await redis.zadd("alive", {"a": 1, "b": 2})
    assert await taken(alerts) == []
    assert await redis.zrange("alive", 0, -1) == [b"a", b"b", b"w"]


async def test_what_processes_notice_is_counted_by_reason(alerts: RedisAlerts) -> None:
    for reason, many in (("unauthorised", 3), ("too_large", 1), ("unauthorised", 2)):
        await alerts.notice([Notice(kind=Kind.REFUSED, subject="s", many=many, reason=reason)])
    (alert,) = await taken(alerts)
    assert (alert.count, alert.reasons) == (6, {"unauthorised": 5, "too_large": 1})


async def test_what_several_processes_notice_of_one_thing_is_noted_once(alerts: RedisAlerts) -> None:
    for _ in range(3):
        notice = Notice(kind=Kind.CONFIG, subject="v1", wait_ms=0, once_ms=1_000_000, reason="routes.yaml:1:1: no")
        await alerts.notice([notice])
    (alert,) = await taken(alerts)
    assert (alert.count, alert.subject) == (1, "v1")


@pytest.mark.usefixtures("alerts")
async def test_a_fault_of_what_is_gathered_stops_nothing(store: RedisStore, redis: Redis) -> None:
    await redis.set("alert:destination.down/erp", "not a hash")
    await down(store)
    (lane,) = await store.lanes(["erp"])
    assert lane.breaker == "open"
