"""taskiq: `python -m taskiq worker bench.peers.taskiq:broker`; run as a module, it enqueues a number of jobs."""

import asyncio
import sys

from taskiq_redis import ListQueueBroker

from bench.peers.work import REDIS, deliver_async

AT_ONCE = 64
broker = ListQueueBroker(REDIS)


@broker.task(task_name="deliver")
async def delivery(number: int) -> None:
    await deliver_async(number)


async def produce(count: int) -> None:
    await broker.startup()
    for first in range(0, count, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, count))
        await asyncio.gather(*(delivery.kiq(number) for number in numbers))
    await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(produce(int(sys.argv[1])))
