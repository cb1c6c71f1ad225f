"""What /metrics tells of Redis itself: its memory, who works, what can't be read. Costs the same under any load."""

from redis.asyncio import Redis
from redis.exceptions import RedisError
from rq.worker_registration import WORKERS_BY_QUEUE_KEY

from relay.metrics import Figures
from relay.stores.trouble import unavailable


async def figures(redis: Redis, queue: str) -> Figures:
    """`queue`: rq's, whose workers are ours. Raises StoreUnavailable."""
    asked = redis.pipeline(transaction=False)
    asked.info("memory")
    asked.zcard("poison")
    asked.smembers(WORKERS_BY_QUEUE_KEY % queue)
    try:
        memory, put_aside, workers = await asked.execute()
        living = await redis.exists(*workers) if workers else 0
    except (RedisError, OSError) as error:
        raise unavailable(error) from error
    return Figures(
        memory_bytes=memory["used_memory"], limit_bytes=memory.get("maxmemory", 0), workers=living, put_aside=put_aside
    )
