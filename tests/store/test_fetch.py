"""What the store promises of documents: there with what they lead to, and read anew once for whoever asks."""

from typing import Any

from building import claim, draft, entry, number, settlement, told
from redis.asyncio import Redis

from relay.delivery import Draft, State
from relay.store import Blob, Claimed, Made, Refetch
from relay.stores.redis import RedisStore

DOCUMENT = Blob(b'{"sum":1.10}')


def fetch(lane: str = "api", name: str = "flow") -> Draft:
    return Draft(id=draft().id, lane=lane, route=f"fetch:{name}", order_key="k")


def made(lane: str = "erp", **fields: Any) -> Made:
    return Made(id=draft().id, lane=lane, route="voucher", **fields)


def refetch(of: Claimed, asked: Draft, named: str) -> Refetch:
    return Refetch(evt=of.event.id, request=f"q{number()}", record=Blob(b"a person"), draft=asked, named=named)


async def next_of(store: RedisStore, lane: str) -> Claimed:
    (found,) = (await store.claim(claim(lane))).deliveries
    return found


async def read(store: RedisStore, asked: Draft, *follow: Made) -> Claimed:
    """An event whose document was read, and what it led to."""
    await store.accept(entry(asked))
    held = await next_of(store, asked.lane)
    assert await store.settle(settlement(held, fetched=DOCUMENT, follow=follow)) == "done"
    return held


async def test_a_document_is_there_with_what_it_leads_to_and_once(store: RedisStore) -> None:
    asked, voucher = fetch(), made(callbacks=[told()])
    await store.accept(entry(asked))
    held = await next_of(store, "api")
    ending = settlement(held, fetched=DOCUMENT, follow=[voucher])
    assert [await store.settle(ending) for _ in range(2)] == ["done", "again"]
    mine = await next_of(store, "erp")
    assert (mine.id, dict(mine.fetched), dict(held.fetched)) == (voucher.id, {"flow": DOCUMENT}, {})
    assert await store.fetched(held.event.id) == {"flow": DOCUMENT}
    assert (await next_of(store, "status")).notice.event_state == "pending"


async def test_what_follows_such_a_delivery_knows_the_document_too(store: RedisStore) -> None:
    await read(store, fetch(), made())
    await store.settle(settlement(await next_of(store, "erp"), follow=[made("archive")]))
    assert dict((await next_of(store, "archive")).fetched) == {"flow": DOCUMENT}


async def test_a_document_without_routes_leaves_its_event_unrouted_and_ended(store: RedisStore, redis: Redis) -> None:
    held = await read(store, fetch())
    view = await store.event(held.event.id)
    assert (str(view.state), view.routes) == ("unrouted", [])
    assert await redis.zscore("ended", held.event.id) is not None


async def test_a_document_counts_in_no_state_that_the_origin_is_told(store: RedisStore) -> None:
    await read(store, fetch(), made())
    await store.settle(settlement(await next_of(store, "erp"), State.DEAD, callbacks=[told()]))
    assert (await next_of(store, "status")).notice.event_state == "dead"


async def test_the_next_document_of_a_key_waits_until_what_the_first_leads_to_is_made(store: RedisStore) -> None:
    first, second = fetch(), fetch()
    await store.accept(entry(first))
    await store.accept(entry(second))
    held, of_first, of_second = await next_of(store, "api"), made(order_key="B1"), made(order_key="B1")
    assert (await store.claim(claim("api"))).deliveries == []
    await store.settle(settlement(held, fetched=DOCUMENT, follow=[of_first]))
    await store.settle(settlement(await next_of(store, "api"), fetched=DOCUMENT, follow=[of_second]))
    assert (await next_of(store, "erp")).id == of_first.id


async def test_what_a_person_names_is_tried_again_by_the_step_that_reads_the_last_document(store: RedisStore) -> None:
    asked, voucher = fetch(), made()
    held = await read(store, asked, voucher)
    await store.settle(settlement(await next_of(store, "erp"), State.DEAD, reason="mapping: no"))
    wish = refetch(held, asked, voucher.id)
    assert [await store.refetch(wish) for _ in range(2)] == ["done", "again"]
    assert str((await store.event(held.event.id)).state) == "pending"
    again = await next_of(store, "api")
    assert (await store.delivery(voucher.id)).state is State.DEAD
    newer, staff = Blob(b'{"sum":2.20}'), Made(id=draft().id, lane="people", route="fetch:staff")
    await store.settle(settlement(again, fetched=newer, follow=[staff]))
    assert (await store.claim(claim())).deliveries == []
    await store.settle(settlement(await next_of(store, "people"), fetched=DOCUMENT, follow=[voucher, made("archive")]))
    mine = await next_of(store, "erp")
    assert (mine.id, mine.attempts, dict(mine.fetched)) == (voucher.id, 1, {"flow": newer, "staff": DOCUMENT})
    assert len((await store.claim(claim("archive"))).deliveries) == 1


async def test_what_its_routes_dont_bring_there_any_more_stays_as_it_is(store: RedisStore) -> None:
    asked, voucher = fetch(), made()
    held = await read(store, asked, voucher)
    await store.settle(settlement(await next_of(store, "erp"), State.HELD, reason="unknown"))
    await store.refetch(refetch(held, asked, voucher.id))
    await store.settle(settlement(await next_of(store, "api"), fetched=DOCUMENT))
    assert (await store.delivery(voucher.id)).state is State.HELD


async def test_one_that_was_born_dead_takes_the_keys_that_its_route_gives_it_then(store: RedisStore) -> None:
    asked, dead = fetch(), made(state=State.DEAD, reason="routing: flow is missing")
    held = await read(store, asked, dead)
    await store.refetch(refetch(held, asked, dead.id))
    born = Made(id=dead.id, lane="erp", route="voucher", order_key="B1", once="B1")
    await store.settle(settlement(await next_of(store, "api"), fetched=DOCUMENT, follow=[born]))
    mine = await next_of(store, "erp")
    assert (mine.id, mine.order_key, mine.once) == (dead.id, "B1", "B1")


async def test_an_event_from_before_its_source_fetched_anything_gets_its_first_document(store: RedisStore) -> None:
    dead = draft(state=State.DEAD, reason="routing: flow is missing")
    await store.accept(evt := entry(dead))
    wish = Refetch(evt=evt.evt, request="q", record=Blob(b"a person"), draft=fetch(), named=dead.id)
    assert await store.refetch(wish) == "done"
    assert (await next_of(store, "api")).event.id == evt.evt
    assert (
        await store.refetch(Refetch(evt="evt_gone", request="q", record=Blob(b""), draft=fetch(), named="x"))
        == "missing"
    )
