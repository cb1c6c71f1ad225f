"""One version is in force; it changes only over the one that was expected, and the last ones are kept to go back to."""

import pytest
from redis.asyncio import Redis

from relay.bundle import Bundle
from relay.errors import RelayError
from relay.stores import versions as kept
from relay.stores.versions import RedisVersions
from relay.version import How, Publish, Running, Status

HERE = "/etc/relay/routes.yaml"


@pytest.fixture
def versions(redis: Redis) -> RedisVersions:
    return RedisVersions(redis)


def bundle(text: str, **beside: bytes) -> Bundle:
    return Bundle(name="routes.yaml", files={"routes.yaml": text.encode(), **beside})


ONE, TWO, THREE = bundle("one"), bundle("two", table=b"\0\xff"), bundle("three")


def running(pid: int, version: Bundle = ONE, **fields: str) -> Running:
    return Running(name="web", host="a", pid=pid, version=version.version, **fields)


async def apply(versions: RedisVersions, what: Bundle, over: Bundle | None, **fields: str) -> Status:
    expected = over and over.version
    return (await versions.publish(Publish(bundle=what, how=How.APPLY, expected=expected, **fields))).status


async def save(versions: RedisVersions, what: Bundle, place: str = HERE) -> Status:
    return (await versions.publish(Publish(bundle=what, how=How.SAVE, place=place))).status


async def in_force(versions: RedisVersions) -> Bundle | None:
    current = await versions.current()
    return current and await versions.bundle(current)


async def test_the_first_comes_into_force_where_there_is_none(versions: RedisVersions) -> None:
    assert await versions.current() is None
    assert await apply(versions, ONE, None) is Status.DONE
    assert await in_force(versions) == ONE


async def test_its_files_come_back_byte_for_byte(versions: RedisVersions) -> None:
    await apply(versions, TWO, None)
    found = await in_force(versions)
    assert found == TWO
    assert found.version == TWO.version


async def test_who_expected_another_is_told_which_one_it_is_and_changes_nothing(versions: RedisVersions) -> None:
    await apply(versions, ONE, None)
    for expected in (None, TWO.version):
        answer = await versions.publish(Publish(bundle=THREE, how=How.APPLY, expected=expected))
        assert (answer.status, answer.current) == (Status.CONFLICT, ONE.version)
    assert await in_force(versions) == ONE
    assert len(await versions.history(10)) == 1


async def test_of_two_that_expect_the_same_one_wins(versions: RedisVersions) -> None:
    await apply(versions, ONE, None)
    assert [await apply(versions, each, ONE) for each in (TWO, THREE)] == [Status.DONE, Status.CONFLICT]
    assert await in_force(versions) == TWO


async def test_what_is_published_twice_is_there_once(versions: RedisVersions) -> None:
    await apply(versions, ONE, None)
    assert [await apply(versions, TWO, ONE) for _ in range(2)] == [Status.DONE, Status.SAME]
    assert [one.version for one in await versions.history(10)] == [TWO.version, ONE.version]


async def test_the_history_says_what_came_when_over_what_by_whom_and_why(versions: RedisVersions, redis: Redis) -> None:
    before_s = (await redis.time())[0]
    await save(versions, ONE)
    await apply(versions, TWO, ONE, by="anna", note="März, as agreed")
    second, first = await versions.history(10)
    assert (first.how, first.before, first.by, first.note) == (How.SAVE, None, None, None)
    assert (second.how, second.before, second.by, second.note) == (How.APPLY, ONE.version, "anna", "März, as agreed")
    assert before_s * 1000 <= first.at_ms <= second.at_ms <= (await redis.time())[0] * 1000 + 1000
    assert await versions.history(1) == [second]


async def test_the_history_is_bounded_and_what_has_left_it_is_gone(redis: Redis) -> None:
    versions = RedisVersions(redis, most=3)
    made = [bundle(f"number {number}") for number in range(5)]
    for before, each in zip([None, *made], made, strict=False):
        await apply(versions, each, before)
    assert [one.version for one in await versions.history(10)] == [each.version for each in made[:1:-1]]
    assert [await versions.bundle(each.version) for each in made] == [None, None, *made[2:]]


async def test_where_there_is_no_room_the_oldest_files_go_and_the_ones_in_force_never_do(redis: Redis) -> None:
    made = [bundle(f"number {number}") for number in range(4)]
    versions = RedisVersions(redis, most_bytes=3 * max(len(kept.pack(each)) for each in made))
    for before, each in zip([None, *made], made, strict=False):
        await apply(versions, each, before)
    assert [await versions.bundle(each.version) for each in made] == [None, *made[1:]]
    narrow = RedisVersions(redis, most_bytes=1)
    await apply(narrow, TWO, made[-1])
    assert await in_force(narrow) == TWO
    assert await redis.hlen("config:bundles") == 1
    assert len(await narrow.history(10)) == 5


async def test_a_file_that_was_saved_comes_into_force_whatever_is(versions: RedisVersions) -> None:
    await apply(versions, ONE, None)
    assert await save(versions, TWO) is Status.DONE
    assert await save(versions, ONE) is Status.DONE
    assert await in_force(versions) == ONE


async def test_a_rollback_is_not_undone_by_the_file_that_it_was_made_from(versions: RedisVersions) -> None:
    for each in (ONE, TWO):
        await save(versions, each)
    await apply(versions, ONE, TWO, by="anna")
    assert await save(versions, TWO) is Status.KNOWN
    assert await in_force(versions) == ONE


async def test_what_a_person_applied_from_a_file_counts_as_that_file(versions: RedisVersions) -> None:
    await save(versions, ONE)
    await apply(versions, TWO, ONE)
    assert await save(versions, TWO) is Status.SAME
    await apply(versions, ONE, TWO)
    assert await save(versions, TWO) is Status.KNOWN


async def test_a_host_that_joins_brings_what_is_new_and_nothing_that_was_in_force_before(
    versions: RedisVersions,
) -> None:
    for each in (ONE, TWO):
        await save(versions, each)
    assert await save(versions, ONE, "another host:" + HERE) is Status.KNOWN
    assert await in_force(versions) == TWO
    assert await save(versions, THREE, "a third:" + HERE) is Status.DONE
    assert await in_force(versions) == THREE


async def test_a_host_is_forgotten_some_day(versions: RedisVersions, redis: Redis) -> None:
    await save(versions, ONE)
    assert 0 < await redis.pttl(f"config:seen:{HERE}") <= kept.SEEN_MS


async def test_who_looks_learns_what_is_in_force_and_is_seen(versions: RedisVersions) -> None:
    assert await versions.look(running(1)) is None
    await apply(versions, TWO, None)
    assert await versions.look(running(2, TWO)) == TWO.version
    assert await versions.look(running(1, refused="the variable X isn't set")) == TWO.version
    assert await versions.running() == [running(1, refused="the variable X isn't set"), running(2, TWO)]
    await versions.leave(running(1))
    assert await versions.running() == [running(2, TWO)]


async def test_who_has_not_looked_for_long_is_forgotten(redis: Redis) -> None:
    versions = RedisVersions(redis, lost_ms=-1)
    await RedisVersions(redis).look(running(1))
    await versions.look(running(2))
    assert await versions.running() == []
    assert await redis.exists("config:looked", "config:running") == 0


async def test_a_full_redis_takes_another_configuration(versions: RedisVersions, redis: Redis) -> None:
    await apply(versions, ONE, None)
    await redis.config_set("maxmemory", "1")
    try:
        assert await apply(versions, TWO, ONE) is Status.DONE
        assert await versions.look(running(1)) == TWO.version
    finally:
        await redis.config_set("maxmemory", "0")


def test_files_that_are_too_large_together_are_refused_with_what_to_do() -> None:
    with pytest.raises(RelayError, match=r"bytes together, packed, and 10 are the most, routes\.yaml, take rows"):
        kept.pack(ONE, 10)


@pytest.mark.parametrize("packed", [b"", b"no zlib", kept.pack(ONE)[:-9]])
def test_files_that_cannot_be_read_are_told(packed: bytes) -> None:
    with pytest.raises(RelayError, match="can't be read"):
        kept.unpack(packed)
