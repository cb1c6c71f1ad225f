"""Celery, prefork: `python -m celery -A bench.peers.celery worker`; run as a module, it enqueues a number of jobs."""

import sys

from celery import Celery

from bench.peers.work import REDIS, deliver

app = Celery("deliveries", broker=REDIS.replace("unix://", "redis+socket://"))
app.conf.update(task_ignore_result=True, worker_hijack_root_logger=False, broker_connection_retry_on_startup=True)
delivery = app.task(deliver, name="deliver")


def produce(count: int) -> None:
    with app.producer_pool.acquire(block=True) as producer:
        for number in range(count):
            delivery.apply_async((number,), producer=producer)


if __name__ == "__main__":
    produce(int(sys.argv[1]))
