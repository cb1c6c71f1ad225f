"""A store on an empty Redis."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from relay.stores.connecting import client
from relay.stores.redis import RedisStore


@pytest.fixture
def woken() -> list[str]:
    """The lanes that the store asked to be woken, in order."""
    return []


@pytest.fixture
async def store(redis: Redis, redis_url: str, woken: list[str]) -> AsyncIterator[RedisStore]:
    async with client(redis_url) as own:
        yield RedisStore(own, woken.extend)
