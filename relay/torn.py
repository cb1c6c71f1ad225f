"""After a power failure the append-only file may end within a script's writes, which stand in a transaction. Redis cuts
the torn command off and leaves the half before it (https://github.com/valkey-io/valkey/pull/4342): at its next start
that half happens, with what was written behind it. So a file that was cut is written anew before it is used.
"""

import logging
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from relay import redis_server
from relay.stores.connecting import client

log = logging.getLogger(__name__)


class Loaded:
    """Made before the server of `data` is started, and asked until it says that the server may be used."""

    def __init__(self, data: Path) -> None:
        self._data, self._length, self._mended = data, _length(data), False

    async def __call__(self) -> bool:
        if not await redis_server.ready(self._data):
            return False
        try:
            async with client(redis_server.url(self._data)) as redis:
                return await self._whole(redis)
        except (RedisError, OSError):
            return False

    async def _whole(self, redis: Redis) -> bool:
        if not self._mended and _length(self._data) < self._length:
            log.warning("Redis has cut a torn end off its file, which is now written anew")
            await redis.bgrewriteaof()
        self._mended = True
        told = await redis.info("persistence")
        return not (told["aof_rewrite_in_progress"] or told["aof_rewrite_scheduled"])


def _length(data: Path) -> int:
    """Of all parts of the file, in bytes."""
    return sum(file.stat().st_size for file in (*data.glob("*.aof"), *data.glob("*/*.aof")))
