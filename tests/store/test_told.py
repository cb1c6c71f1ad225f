"""What a destination posts about a delivery is kept, makes what waits for it due, and is handed out with it."""

from building import NEVER_MS, claim, decision, draft, entry, settlement
from redis.asyncio import Redis

from relay.delivery import State
from relay.store import Blob, Claimed
from relay.stores.redis import RedisStore

WAITS = {"state": State.CONFIRMING, "delay_ms": NEVER_MS, "look": 1}


async def claimed(store: RedisStore) -> Claimed:
    (one,) = (await store.claim(claim())).deliveries
    return one


async def begun(store: RedisStore) -> Claimed:
    await store.accept(entry(draft()))
    return await claimed(store)


async def tell(store: RedisStore, dlv: str, says: bytes = b"done") -> str:
    return await store.told(dlv, Blob(says), Blob(b"posted " + says))


async def test_what_waits_for_it_is_due_at_once_and_sees_it(store: RedisStore) -> None:
    one = await begun(store)
    await store.settle(settlement(one, **WAITS))
    assert (await store.claim(claim())).deliveries == []
    assert await tell(store, one.id) == "done"
    again = await claimed(store)
    assert (list(again.told), again.look) == ([b"done"], 1)
    assert again.asked_ms is not None
    assert b"posted done" in (await store.delivery(one.id)).attempts


async def test_what_comes_while_an_attempt_runs_is_found_by_its_settle(store: RedisStore) -> None:
    one = await begun(store)
    assert await tell(store, one.id) == "done"
    await store.settle(settlement(one, **WAITS))
    assert list((await claimed(store)).told) == [b"done"]


async def test_what_was_judged_is_not_handed_out_again(store: RedisStore) -> None:
    one = await begun(store)
    await tell(store, one.id)
    await store.settle(settlement(one, **WAITS))
    await tell(store, one.id, b"and this")
    both = await claimed(store)
    assert list(both.told) == [b"done", b"and this"]
    await store.settle(settlement(both, heard=1, **WAITS))
    assert list((await claimed(store)).told) == [b"and this"]


async def test_what_comes_after_the_end_is_kept_among_the_attempts_alone(store: RedisStore, redis: Redis) -> None:
    one = await begun(store)
    await store.settle(settlement(one))
    assert await tell(store, one.id) == "ended"
    assert (await store.delivery(one.id)).attempts[-1] == b"posted done"
    assert await redis.exists(f"t:{one.id}") == 0


async def test_nobody_can_fill_redis_with_it(store: RedisStore) -> None:
    one = await begun(store)
    said = [await tell(store, one.id, b"%d" % number) for number in range(105)]
    assert said == ["done"] * 100 + ["many"] * 5
    assert await tell(store, "dlv_none") == "missing"


async def test_a_person_who_ends_it_ends_the_waiting_too(store: RedisStore, redis: Redis) -> None:
    one = await begun(store)
    await store.settle(settlement(one, **WAITS))
    await store.decide(decision(one.id, "delivered", document="V-1"))
    assert await redis.zcard("l:erp:wait") == 0
    assert (await store.delivery(one.id)).state is State.DELIVERED


async def test_its_poll_is_shown_as_when_it_is_tried_next(store: RedisStore) -> None:
    one = await begun(store)
    await store.settle(settlement(one, **WAITS))
    assert (await store.delivery(one.id)).due_ms


async def test_all_processes_have_one_key_for_its_addresses(store: RedisStore, redis: Redis) -> None:
    key = await RedisStore(redis, lambda _: None).confirm_key()
    assert len(key) == 64
    assert await store.confirm_key() == key
