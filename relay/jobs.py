"""RQ jobs are wake-ups: each names a lane to drain, and nothing else. The truth is never in RQ."""

import logging
import time
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import msgspec
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.job import Job
from rq.queue import EnqueueData
from rq.serializers import JSONSerializer

from relay.rate import Seldom
from relay.stores.connecting import blocking_client
from relay.stores.trouble import unavailable

QUEUE = "relay"
DRAIN = "relay.jobs.drain"
KEPT_S = 5
TOLD_EVERY_S = 10.0
FAILED_KEPT_S = 60
MOST_WAITING = 1_000  # where rq is suspended nobody pops them, and the sweep asks again each second

log = logging.getLogger("relay.jobs")
_decode = msgspec.json.Decoder(tuple[str, None, list[str], dict[str, str]]).decode


def queue(redis: Redis) -> Queue:
    return Queue(QUEUE, connection=redis, serializer=JSONSerializer, job_class=LaneJob)


class LaneJob(Job):
    """A job of which nothing is ever run or called: whoever reaches Redis could have written it."""

    @property
    def success_callback(self) -> None:
        return None

    @property
    def failure_callback(self) -> None:
        return None

    @property
    def stopped_callback(self) -> None:
        return None

    def send_webhooks(self, *_args: Any, **_options: Any) -> None:
        """rq's own webhooks would call any address that stands in the job."""

    def perform(self) -> None:
        raise PermissionError("a job's function is never run; its lane is drained")


def lane_of(job: Job) -> str | None:
    """The lane that a job wakes; None for a job that isn't ours, which is then never run, whatever it names."""
    try:
        name, _, lanes, _ = _decode(job.data)
    except (msgspec.DecodeError, zlib.error):
        return None
    return lanes[0] if name == DRAIN and len(lanes) == 1 else None


def _wake_up(lane: str) -> EnqueueData:
    return Queue.prepare_data(DRAIN, args=(lane,), timeout=-1, result_ttl=KEPT_S, failure_ttl=FAILED_KEPT_S)


class Wakes:
    """Asks for stints, in a thread of its own so that nobody waits. A wake-up that fails is found by the sweep."""

    def __init__(self, redis_url: str) -> None:
        self._redis = blocking_client(redis_url)
        self._thread = ThreadPoolExecutor(1, "wakes")
        self._failures = Seldom(TOLD_EVERY_S)

    def __call__(self, lanes: list[str]) -> Future[bool]:
        """Whether RQ has taken them, once it is known."""
        return self._thread.submit(self._enqueue, lanes)

    def close(self) -> None:
        self._thread.shutdown()
        self._redis.close()

    def _enqueue(self, lanes: list[str]) -> bool:
        try:
            waiting = queue(self._redis)
            if waiting.count < MOST_WAITING:
                waiting.enqueue_many([_wake_up(lane) for lane in lanes])
        except (RedisError, OSError) as error:
            if count := self._failures.count(time.monotonic()):
                log.warning("%s wake-ups failed, %s: %s", count, ", ".join(lanes), unavailable(error))
            return False
        return True
