"""RQ: a SimpleWorker, a job for each delivery. `python -m bench.peers.rq work`, or a number of jobs to enqueue."""

import sys

from redis import Redis
from rq import Queue, SimpleWorker

from bench.peers.work import REDIS, deliver

GROUP = 200


def work(queue: Queue) -> None:
    SimpleWorker([queue], connection=queue.connection, log_job_description=False).work(logging_level="WARNING")


def produce(queue: Queue, count: int) -> None:
    for first in range(0, count, GROUP):
        numbers = range(first, min(first + GROUP, count))
        queue.enqueue_many([Queue.prepare_data(deliver, args=(number,), result_ttl=60) for number in numbers])


if __name__ == "__main__":
    deliveries = Queue("deliveries", connection=Redis.from_url(REDIS))
    work(deliveries) if sys.argv[1] == "work" else produce(deliveries, int(sys.argv[1]))
