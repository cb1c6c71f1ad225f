"""A Redis that comes back with an older state is noticed, and what was open then is in doubt, once."""

from pathlib import Path

from building import claim, draft, entry, settlement
from redis.asyncio import Redis

from relay.config.load import load
from relay.delivery import State
from relay.store import Claimed
from relay.stores.redis import RedisStore
from relay.tide import Tide

SLACK_MS = 5_000


async def the_one(store: RedisStore) -> Claimed:
    (claimed,) = (await store.claim(claim())).deliveries
    return claimed


async def set_back(store: RedisStore) -> None:
    mark, _ = await store.tide(0, SLACK_MS, [])
    assert (await store.tide(mark + SLACK_MS * 2, SLACK_MS, ["erp", "oa"]))[1]


async def test_the_mark_only_rises(store: RedisStore) -> None:
    marks = [(await store.tide(0, SLACK_MS, []))[0] for _ in range(5)]
    assert marks == sorted(set(marks))


async def test_what_the_power_may_take_with_it_is_no_older_state(store: RedisStore) -> None:
    mark, _ = await store.tide(0, SLACK_MS, [])
    assert (await store.tide(mark + SLACK_MS // 2, SLACK_MS, ["erp"]))[1] is False


async def test_every_lane_is_paused_and_says_why_those_of_the_configuration_too(store: RedisStore) -> None:
    await store.accept(entry(draft("erp")))
    await set_back(store)
    lanes = await store.lanes([])
    assert [(lane.destination, lane.paused) for lane in lanes] == [("erp", True), ("oa", True)]
    assert (lanes[0].stopped or "").startswith("restored: ")
    assert (await store.claim(claim())).deliveries == []


async def test_nothing_is_handed_out_by_an_older_state_before_it_is_noticed(store: RedisStore, redis: Redis) -> None:
    """A worker looks each second, and claims more often."""
    mark, _ = await store.tide(0, SLACK_MS, ["erp"])
    await store.accept(entry(draft("erp")))
    await redis.set("tide", mark - SLACK_MS * 2)
    assert (await store.claim(claim())).deliveries == []
    assert (await store.tide(mark, SLACK_MS, ["erp"]))[1]
    await store.pause("erp", None)
    assert (await the_one(store)).lost


async def test_it_is_noticed_once(store: RedisStore) -> None:
    await set_back(store)
    mark, fell = await store.tide(0, SLACK_MS, ["erp"])
    assert not fell
    assert not (await store.tide(mark, SLACK_MS, ["erp"]))[1]


async def test_what_was_open_is_handed_out_in_doubt_once_and_what_came_later_is_not(store: RedisStore) -> None:
    await store.accept(entry(draft("erp")))
    await set_back(store)
    await store.accept(entry(draft("erp")))
    await store.pause("erp", None)
    first, second = (await store.claim(claim())).deliveries
    assert (first.lost, second.lost) == (True, False)
    await store.settle(settlement(first, State.WAITING))
    assert not (await the_one(store)).lost


async def test_what_was_claimed_and_not_begun_in_the_older_state_is_in_doubt_too(store: RedisStore) -> None:
    await store.accept(entry(draft("erp")))
    await store.claim(claim(lease_ms=0))
    await set_back(store)
    await store.pause("erp", None)
    assert (await the_one(store)).lost


async def test_a_flushed_redis_is_an_older_state(store: RedisStore, redis: Redis) -> None:
    mark, _ = await store.tide(0, SLACK_MS, [])
    await redis.flushall()
    assert (await store.tide(mark + SLACK_MS * 2, SLACK_MS, ["erp"]))[1]


async def test_without_a_mark_beside_it_a_redis_in_use_is_believed_and_an_old_one_is_not(
    store: RedisStore, redis: Redis
) -> None:
    assert (await store.tide(None, SLACK_MS, ["erp"]))[1] is False
    mark, fell = await store.tide(None, SLACK_MS, ["erp"])
    assert fell is False
    await redis.set("tide", mark - SLACK_MS * 2)
    assert (await store.tide(None, SLACK_MS, ["erp"]))[1] is True


async def test_the_mark_is_kept_in_a_folder_that_is_not_there_yet(store: RedisStore, redis: Redis, data: Path) -> None:
    """Without it, a Redis of one's own would be taken for a copy whenever relay had been stopped for a while."""
    (data / "routes.yaml").write_text("version: 1\n")
    await Tide(store, lambda: load(data / "routes.yaml", {}), data / "new").begin()
    assert (data / "new" / "tide").read_bytes() == await redis.get("tide")
