"""The fixtures that all tests share."""

from redis.asyncio import Redis


async def test_a_test_begins_on_an_empty_database(redis: Redis) -> None:
    assert await redis.dbsize() == 0
    await redis.set("left", "behind")


async def test_another_test_begins_on_an_empty_database_too(redis: Redis) -> None:
    assert await redis.dbsize() == 0
    await redis.set("left", "behind")


async def test_every_version_is_at_least_the_floor(every_redis: Redis) -> None:
    major, minor = (await every_redis.info("server"))["redis_version"].split(".")[:2]
    assert (int(major), int(minor)) >= (6, 2)
