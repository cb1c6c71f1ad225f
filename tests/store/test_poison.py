"""What can't be read is put aside with its reason: nothing raises, and other deliveries and lanes go on."""

import asyncio

import pytest
from building import claim, decision, draft, entry, settlement, told
from redis.asyncio import Redis

from relay.delivery import State
from relay.sieve import EventSieve
from relay.store import Blob, Hold
from relay.stores.redis import RedisStore


async def two(store: RedisStore) -> tuple[str, str]:
    first, second = draft(), draft()
    await asyncio.gather(store.accept(entry(first)), store.accept(entry(second)))
    return first.id, second.id


async def poisoned(redis: Redis) -> list[str]:
    return [name.decode() for name in await redis.zrange("poison", 0, -1)]


FAULTS = {
    "no lane": ["HDEL {d} lane"],
    "no evt": ["HDEL {d} evt"],
    "no seq": ["HDEL {d} seq"],
    "no state": ["HDEL {d} state"],
    "seq isn't a number": ["HSET {d} seq many"],
    "unknown id": ["DEL {d}"],
    "another type": ["DEL {d}", "RPUSH {d} x"],
    "no event": ["DEL {e}"],
    "event of another type": ["DEL {e}", "SADD {e} x"],
    "event that isn't one": ["SET {e} x"],
    "text that isn't UTF-8": ["HSET {d} route \xff"],
    "a state of another version": ["HSET {d} state snoozed"],
    "a time that isn't one": ["HSET {d} first yesterday"],
    "its event's record of another type": ["DEL {s}", "RPUSH {s} x"],
}
NO_DELIVERY = list(FAULTS)[:7]


async def spoil(redis: Redis, dlv: str, fault: str) -> None:
    evt = (await redis.hget(f"d:{dlv}", "evt")).decode()
    for command in FAULTS[fault]:
        words = command.format(d=f"d:{dlv}", e=f"e:{evt}", s=f"s:{evt}").split()
        await redis.execute_command(*(word.encode("latin1") for word in words))


async def test_an_event_of_an_unknown_version_stops_no_other(store: RedisStore, redis: Redis) -> None:
    newer = entry(draft(), packed=Blob(b"\x81\xa7version\x63"))
    older = entry(draft())
    await asyncio.gather(store.accept(newer), store.accept(older))
    assert [one.event.id for one in (await store.claim(claim())).deliveries] == [older.evt]
    assert len(await poisoned(redis)) == 1


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_a_claim_cant_read_stops_no_other(store: RedisStore, redis: Redis, fault: str) -> None:
    """Not even on a lane that takes one at a time."""
    bad, good = await two(store)
    await spoil(redis, bad, fault)
    got = [one.id for _ in range(2) for one in (await store.claim(claim(concurrency=1, want=1))).deliveries]
    assert got == [good]
    assert [name.split()[0] for name in await poisoned(redis)] == [bad]
    assert await redis.zcard("l:erp:fly") == 1


@pytest.mark.parametrize("fault", NO_DELIVERY)
async def test_what_breaks_under_a_lease_stops_no_other(store: RedisStore, redis: Redis, fault: str) -> None:
    bad, good = await two(store)
    mine = {one.id: one for one in (await store.claim(claim())).deliveries}
    await spoil(redis, bad, fault)
    holds = [Hold(lane="erp", dlv=dlv, token=mine[dlv].token) for dlv in (bad, good)]
    assert await store.extend(holds, 1000) == [False, True]
    begun = await asyncio.gather(store.begin(bad, holds[0].token, None), store.begin(good, holds[1].token, None))
    assert begun[1]
    await store.give_back(holds[0], 0)
    settled = await asyncio.gather(store.settle(settlement(mine[bad])), store.settle(settlement(mine[good])))
    assert settled == ["poison", "done"]
    assert await store.decide(decision(bad, "replay")) == "missing"


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_cant_be_read_is_held_with_its_reason_until_a_person_ends_it(
    store: RedisStore, redis: Redis, fault: str
) -> None:
    bad, _ = await two(store)
    await spoil(redis, bad, fault)
    await store.claim(claim())
    view = await store.delivery(bad)
    assert view
    assert view.state is State.HELD
    assert view.reason.startswith("unreadable: ")
    assert await redis.zrange("l:erp:held", 0, -1) == [bad.encode()]
    assert await store.decide(decision(bad, "dead")) == "done"
    assert (await store.delivery(bad)).state is State.DEAD


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_cant_be_read_keeps_its_order_key_until_a_person_ends_it(
    store: RedisStore, redis: Redis, fault: str
) -> None:
    bad, later = draft(order_key="k"), draft(order_key="k")
    await store.accept(entry(bad))
    await store.accept(entry(later))
    await spoil(redis, bad.id, fault)
    assert [(await store.claim(claim())).deliveries for _ in range(2)] == [[], []]
    await store.decide(decision(bad.id, "dead"))
    assert [one.id for one in (await store.claim(claim())).deliveries] == [later.id]


async def test_what_cant_be_read_passes_its_order_key_on_where_its_route_goes_on(
    store: RedisStore, redis: Redis
) -> None:
    bad, later = draft(order_key="k", blocks=False), draft(order_key="k", blocks=False)
    await store.accept(entry(bad))
    await store.accept(entry(later))
    await spoil(redis, bad.id, "no event")
    claimed = [one.id for _ in range(2) for one in (await store.claim(claim())).deliveries]
    assert claimed == [later.id]


async def test_one_that_waits_for_the_business_key_of_what_is_gone_goes_on_when_a_person_ends_that(
    store: RedisStore, redis: Redis
) -> None:
    gone, later = draft(once="B1"), draft(once="B1")
    await store.accept(entry(gone))
    await store.claim(claim())
    await redis.delete(f"d:{gone.id}")
    await store.accept(entry(later))
    assert (await store.claim(claim())).deliveries == []
    assert await store.decide(decision(gone.id, "dead")) == "done"
    await redis.zadd("l:erp:wait", {later.id: 0})
    assert [one.id for one in (await store.claim(claim())).deliveries] == [later.id]


@pytest.mark.parametrize("part", ["ready", "wait"])
async def test_one_under_way_that_stands_in_the_line_too_is_not_claimed_twice(
    store: RedisStore, redis: Redis, part: str
) -> None:
    one, _ = await two(store)
    (mine, _) = (await store.claim(claim())).deliveries
    await redis.zadd(f"l:erp:{part}", {one: 1})
    assert (await store.claim(claim())).deliveries == []
    assert await store.settle(settlement(mine)) == "done"
    assert await redis.zscore("l:erp:ready", one) is None


@pytest.mark.parametrize("moved", [True, False])
async def test_one_of_another_lane_goes_back_to_its_own(store: RedisStore, redis: Redis, moved: bool) -> None:
    one = draft("erp")
    await store.accept(entry(one))
    await redis.zadd("l:oa:ready", {one.id: 1})
    if moved:
        await redis.zrem("l:erp:ready", one.id)
    assert (await store.claim(claim("oa"))).deliveries == []
    assert [got.id for got in (await store.claim(claim("erp"))).deliveries] == [one.id]


async def test_an_ended_one_in_the_line_is_not_sent_again(store: RedisStore, redis: Redis) -> None:
    one, _ = await two(store)
    for mine in (await store.claim(claim())).deliveries:
        await store.settle(settlement(mine))
    await redis.zadd("l:erp:ready", {one: 1})
    assert (await store.claim(claim())).deliveries == []
    assert (await store.delivery(one)).state is State.DELIVERED


@pytest.mark.parametrize(
    "name", ["open", "failures", "fallen", "closed_since", "closed_ms", "refused", "throttle", "pace"]
)
async def test_a_lanes_number_that_isnt_one_keeps_no_delivery_from_its_end(
    store: RedisStore, redis: Redis, name: str
) -> None:
    one, other = await two(store)
    await redis.hset("l:erp", name, "many")
    ended = set()
    for _ in range(2):
        for mine in (await store.claim(claim(concurrency=2))).deliveries:
            assert await store.settle(settlement(mine, callbacks=[told()])) == "done"
            ended.add(mine.id)
    assert ended == {one, other}
    assert await redis.zcard("l:status:ready") == 2


async def test_an_ended_lease_of_what_cant_be_read_is_put_aside(store: RedisStore, redis: Redis) -> None:
    bad, good = await two(store)
    await store.claim(claim(lease_ms=0))
    await redis.delete(f"d:{bad}")
    assert [one.id for one in (await store.claim(claim())).deliveries] == [good]
    assert await poisoned(redis) == [f"{bad} a field is missing"]


async def test_what_cant_be_settled_is_held_with_its_record_and_not_sent_again(store: RedisStore, redis: Redis) -> None:
    bad, _ = await two(store)
    mine = {one.id: one for one in (await store.claim(claim())).deliveries}[bad]
    await redis.set(f"a:{bad}", "not a list")
    assert await store.settle(settlement(mine, record=Blob(b"V-1"))) == "poison"
    view = await store.delivery(bad)
    assert (view.state, view.attempts) == (State.HELD, [b"V-1"])
    assert await redis.get(f"broken:a:{bad}") == b"not a list"
    assert await store.decide(decision(bad, "delivered", [told()], document="V-1")) == "done"


@pytest.mark.parametrize("part", ["", ":ready", ":wait", ":fly"])
async def test_a_lane_that_cant_be_read_stops_no_other_lane(store: RedisStore, redis: Redis, part: str) -> None:
    await store.accept(entry(draft("broken"), draft("erp")))
    await redis.delete(f"l:broken{part}")
    await redis.rpush(f"l:broken{part}", "x")
    assert (await store.claim(claim("broken"))).deliveries == []
    (mine,) = (await store.claim(claim())).deliveries
    assert await store.settle(settlement(mine, State.WAITING, delay_ms=0)) == "done"
    await redis.hset("l:erp", "stint", 0)
    assert "erp" in await store.sweep(10, 0)
    assert any(name.startswith("broken ") for name in await poisoned(redis))


async def test_a_lane_that_breaks_keeps_no_other_of_its_group_from_being_found(store: RedisStore, redis: Redis) -> None:
    """One settle of two lanes: the one that can be read is in lanes:due with what waits there."""
    await store.accept(entry(draft("a"), draft("broken"), draft("z")))
    mine = [(await store.claim(claim(lane))).deliveries[0] for lane in ("a", "broken", "z")]
    await redis.delete("lanes:due")
    await redis.set("l:broken:ready", "x")
    await asyncio.gather(*(store.settle(settlement(one, State.WAITING, delay_ms=5)) for one in mine))
    assert {b"a", b"z"} <= set(await redis.zrange("lanes:due", 0, -1))


async def test_an_unreadable_attempt_list_stops_no_other_settlement(store: RedisStore, redis: Redis) -> None:
    bad, _ = await two(store)
    mine = (await store.claim(claim())).deliveries
    await redis.set(f"a:{bad}", "not a list")
    answers = await asyncio.gather(*(store.settle(settlement(one, record=Blob(b"r"))) for one in mine))
    assert answers == ["poison", "done"]


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_cant_be_shown_is_left_out(store: RedisStore, redis: Redis, fault: str) -> None:
    bad, good = await two(store)
    await spoil(redis, bad, fault)
    page = await store.events(None, 10, EventSieve())
    assert good in [one.id for view in page.events for one in view.deliveries]


@pytest.mark.parametrize("instead", [["DEL", "lanes:due"], ["SET", "lanes:due", "x"]])
async def test_a_sweep_makes_lanes_due_anew(store: RedisStore, redis: Redis, instead: list[str]) -> None:
    await two(store)
    await redis.execute_command(*instead)
    assert await store.sweep(10, 0) == ["erp"]


@pytest.mark.parametrize("part", ["", ":ready", ":held"])
async def test_a_lane_that_cant_be_read_keeps_no_other_from_being_shown(
    store: RedisStore, redis: Redis, part: str
) -> None:
    await store.accept(entry(draft("broken"), draft("erp")))
    await redis.delete(f"l:broken{part}")
    await redis.execute_command("SET", f"l:broken{part}", "x")
    shown = {lane.destination: lane for lane in await store.lanes([])}
    assert shown["erp"].ready == 1
    assert (shown["broken"].stopped is not None) == (part != "")


async def test_what_was_put_aside_is_told_once(store: RedisStore, redis: Redis) -> None:
    bad, _ = await two(store)
    since, _ = await store.put_aside(None)
    await redis.delete(f"e:evt_{bad}", f"d:{bad}")
    await store.claim(claim())
    latest, told_of = await store.put_aside(since)
    assert told_of == [f"{bad} a field is missing"]
    assert await store.put_aside(latest) == (latest, [])


async def test_a_follower_that_cant_be_read_blocks_its_order_key_until_a_person_ends_it(
    store: RedisStore, redis: Redis
) -> None:
    first, bad, last = (draft(order_key="k") for _ in range(3))
    await store.accept(entry(first, bad, last))
    (mine,) = (await store.claim(claim())).deliveries
    await redis.delete(f"d:{bad.id}")
    await store.settle(settlement(mine))
    assert (await store.claim(claim())).deliveries == []
    assert await store.decide(decision(bad.id, "dead")) == "done"
    assert [one.id for one in (await store.claim(claim())).deliveries] == [last.id]
