"""What a worker runs so that alerts are told."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from relay.alerting import Noticing, Telling
from relay.background import running
from relay.current import Current
from relay.stores.alerts import RedisAlerts
from relay.stores.redis import RedisStore


@asynccontextmanager
async def telling(redis: Redis, store: RedisStore, current: Current) -> AsyncIterator[None]:
    """Beside the block, at whose end the worker says goodbye."""
    alerts = RedisAlerts(redis)
    tells = Telling(alerts, store, current, f"{socket.gethostname()}:{os.getpid()}")
    async with running(Noticing(alerts, current).run, tells.run):
        yield
    await tells.goodbye()
