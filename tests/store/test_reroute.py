"""What the store promises of an event that is routed anew: what it lacks is made once, and all it has stays."""

import asyncio
from typing import Any

from building import claim, draft, entry, number, settlement, told
from redis.asyncio import Redis

from relay.delivery import Draft, EventState, State
from relay.store import Blob, Made, Reroute
from relay.stores.redis import RedisStore


def made(lane: str = "archive", **fields: Any) -> Made:
    return Made(id=draft().id, lane=lane, route="later", **fields)


def asked(evt: str, *lacks: Made, known: tuple[str, ...] = (), instead: tuple[str, ...] = ()) -> Reroute:
    return Reroute(evt=evt, record=Blob(b"a person"), made=lacks, known=known, instead=instead, got=False)


async def accepted(store: RedisStore, *drafts: Draft) -> str:
    return (await store.accept(entry(*drafts))).id


async def settled(store: RedisStore, lane: str) -> None:
    (held,) = (await store.claim(claim(lane))).deliveries
    await store.settle(settlement(held))


async def test_it_is_made_once_however_often_it_is_asked_for(store: RedisStore) -> None:
    evt, lacks = await accepted(store), made(callbacks=[told()])
    found = await asyncio.gather(*(store.reroute(asked(evt, lacks)) for _ in range(3)))
    assert sorted(found) == [[], [], [lacks.id]]
    assert (await store.delivery(lacks.id)).attempts == [b"a person"]
    await settled(store, "archive")
    assert (await store.event(evt)).state is EventState.DELIVERED
    assert len((await store.claim(claim("status"))).deliveries) == 1


async def test_an_only_delivery_that_is_open_still_counts_beside_what_is_made(store: RedisStore, redis: Redis) -> None:
    first, lacks = draft(), made()
    evt = await accepted(store, first)
    assert await store.reroute(asked(evt, lacks, known=(first.id,))) == [lacks.id]
    await settled(store, "archive")
    assert (await store.event(evt)).state is EventState.PENDING
    assert await redis.zscore("ended", evt) is None
    await settled(store, "erp")
    assert (await store.event(evt)).state is EventState.DELIVERED
    assert await redis.zscore("ended", evt) is not None


async def test_one_without_a_lane_is_replaced_and_the_others_stay(store: RedisStore) -> None:
    lost, opened = (draft(lane=lane, state=State.DEAD, reason="routing: to") for lane in ("-", "other"))
    evt = await accepted(store, lost, opened)
    lacks = made("erp")
    await store.reroute(asked(evt, lacks, known=(lost.id, opened.id), instead=(lost.id,)))
    assert await store.delivery(lost.id) is None
    assert [one.id for one in (await store.event(evt)).deliveries] == [opened.id, lacks.id]
    assert {one.destination: one.dead for one in await store.lanes([])} == {"-": 0, "erp": 0, "other": 1}


async def test_an_event_that_is_gone_is_told_so(store: RedisStore) -> None:
    assert await store.reroute(asked(f"evt_{number()}", made())) is None
