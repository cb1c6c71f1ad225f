"""The rq worker: pops wake-ups in the main thread, and drains many lanes at once on one loop in another.

A subclass of rq's SimpleWorker that hands each job's coroutine to the loop and ends it through rq's own methods;
shaped so that rq's own asyncio worker can take its place one day.
"""

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, Protocol

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import StopRequested
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.suspension import is_suspended
from rq.utils import now
from rq.worker import SimpleWorker, WorkerStatus

from relay.jobs import LaneJob, lane_of, queue
from relay.rate import Seldom
from relay.stores.trouble import unavailable

AT_ONCE = 1_000
POP_S = 1
AGAIN_S = 1.0
TOLD_EVERY_S = 10.0

log = logging.getLogger("relay.worker")


class Service(Protocol):
    """What runs on the loop: it drains lanes, and ends when it is stopped."""

    async def drain(self, lane: str) -> None: ...
    async def stop(self) -> None: ...


class LaneWorker(SimpleWorker):
    """Runs `drain(lane)` on `loop` for each wake-up, until `stopping` is set: it is looked at between two jobs."""

    log_result_lifespan = False

    def __init__(
        self,
        redis: Redis,
        drain: Callable[[str], Awaitable[None]],
        loop: asyncio.AbstractEventLoop,
        stopping: threading.Event,
    ) -> None:
        super().__init__(
            [queue(redis)],
            connection=redis,
            worker_ttl=15 + POP_S,
            maintenance_interval=5,
            job_class=LaneJob,
            serializer=JSONSerializer,
            log_job_description=False,
        )
        self._drain, self._loop, self._stopping = drain, loop, stopping
        self._places = threading.Semaphore(AT_ONCE)
        self._ends = ThreadPoolExecutor(1, "rq-ends")

    def _install_signal_handlers(self) -> None:
        """rq's would raise between a pop and its job, and leave the job behind; ours set a flag."""

    @property
    def should_run_maintenance_tasks(self) -> bool:
        """rq asks this before each pop, where no job is in hand: the place to stop."""
        if self._stopping.is_set():
            raise StopRequested
        return bool(super().should_run_maintenance_tasks)

    def check_for_suspension(self, burst: bool) -> None:
        """Waits while rq is suspended. rq's own would not hear that the worker is to stop."""
        if is_suspended(self.connection, self):
            self.set_state(WorkerStatus.SUSPENDED)
            while not self._stopping.wait(POP_S) and is_suspended(self.connection, self):
                pass
            self.set_state(WorkerStatus.IDLE)

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Where Redis is away rq waits longer and longer, up to a minute, and hears no signal: `work` waits better."""
        try:
            super().heartbeat(timeout, pipeline)
        except RedisError:
            raise StopRequested from None

    def teardown(self) -> None:
        """Where it can't tell Redis that it ends, rq would leave its thread behind."""
        try:
            super().teardown()  # type: ignore[no-untyped-call]
        finally:
            if self.pubsub_thread:
                self.pubsub_thread.stop()

    def run_maintenance_tasks(self) -> None:
        """One job that can't be read must not end the worker."""
        try:
            self._appear()
            super().run_maintenance_tasks()  # type: ignore[no-untyped-call]
        except RedisError:
            raise
        except Exception:
            log.exception("rq's maintenance failed")
            self.last_cleaned_at = now()  # type: ignore[assignment]

    def _appear(self) -> None:
        """Where somebody has deleted rq's keys, rq's tools show this worker again."""
        known = self.connection.sismember(self.redis_workers_keys, self.key)
        if not (known and self.connection.hexists(self.key, "birth")):
            self.connection.delete(self.key)
            self.register_birth()  # type: ignore[no-untyped-call]

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """rq would write a traceback also of a job that isn't ours."""
        if isinstance(exc_info[1], PermissionError):
            log.warning("rq job %s is put aside: %s", job.id, exc_info[1])
        else:
            log.error("a stint failed", exc_info=exc_info)

    def execute_job(self, job: Job, queue: Queue) -> None:
        self._places.acquire()
        execution = self.prepare_execution(job)
        self.prepare_job_execution(job, remove_from_intermediate_queue=True)
        job.started_at = now()
        lane = lane_of(job)
        ran = asyncio.run_coroutine_threadsafe(self._run(lane), self._loop)
        ran.add_done_callback(lambda ended: self._ends.submit(self._finish, job, queue, execution, ended))

    async def _run(self, lane: str | None) -> None:
        if lane is None:
            raise PermissionError("it isn't one of Relay's jobs, so it is not run")
        await self._drain(lane)

    def _finish(self, job: Job, queue: Queue, execution: Execution, ended: "Future[None]") -> None:
        try:
            ended.result()
            self._finalize_success(job, queue, execution, None)
        except RedisError as error:
            log.warning("rq's record of a stint is left behind: %s", error)
        except Exception:  # noqa: BLE001 - rq keeps it with the job, and handle_exception tells it
            self._finalize_failure(job, queue, execution, sys.exc_info())
        finally:
            self._places.release()


def work(make: Callable[[], LaneWorker], stopping: threading.Event) -> None:
    """Runs workers until `stopping`: rq's own loop ends when Redis is away, and a new one takes its place."""
    failures = Seldom(TOLD_EVERY_S)
    while not stopping.is_set():
        try:
            make().work()
        except (RedisError, OSError) as error:
            if failures.count(time.monotonic()):
                log.warning("rq's worker waits: %s", unavailable(error))
        stopping.wait(AGAIN_S)


def serve(
    start: Callable[[], Awaitable[Service]], redis: Redis, loop: asyncio.AbstractEventLoop, stopping: threading.Event
) -> None:
    """One worker process: the loop in a thread, rq in this one. Returns when it was stopped and has drained."""
    thread = threading.Thread(target=loop.run_forever, name="lanes")
    thread.start()
    try:
        starting = asyncio.run_coroutine_threadsafe(_awaited(start()), loop)
        while not (starting.done() or stopping.is_set()):
            wait([starting], POP_S)
        if starting.done():
            service = starting.result()
            work(lambda: LaneWorker(redis, service.drain, loop, stopping), stopping)
            asyncio.run_coroutine_threadsafe(service.stop(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _awaited(step: Awaitable[Service]) -> Service:
    return await step
