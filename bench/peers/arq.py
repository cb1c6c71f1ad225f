"""arq: `python -m bench.peers.arq work`, or a number of jobs to enqueue."""

import asyncio
import sys
from typing import Any

from arq import create_pool
from arq.connections import RedisSettings
from arq.worker import run_worker

from bench.peers.work import REDIS, deliver_async

AT_ONCE = 64


async def deliver(_context: dict[str, Any], number: int) -> None:
    await deliver_async(number)


class Settings:
    """What arq's worker reads."""

    functions = (deliver,)
    redis_settings = RedisSettings.from_dsn(REDIS) if REDIS else RedisSettings()
    max_jobs = AT_ONCE
    keep_result = 0
    poll_delay = 0.05


async def produce(count: int) -> None:
    pool = await create_pool(Settings.redis_settings)
    for first in range(0, count, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, count))
        await asyncio.gather(*(pool.enqueue_job("deliver", number) for number in numbers))


if __name__ == "__main__":
    run_worker(Settings) if sys.argv[1] == "work" else asyncio.run(produce(int(sys.argv[1])))
