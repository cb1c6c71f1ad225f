"""The one place that knows every class: puts a web process and a worker process together; what it opens it closes."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.types import ASGIApp

from relay.attempt import Edge
from relay.config.load import load
from relay.current import Current
from relay.destinations.judge import from_fault
from relay.dispatch import Dispatch
from relay.errors import StoreUnavailable
from relay.ingest import Ingest
from relay.jobs import Wakes
from relay.leases import Leases
from relay.process import GRACE_S, Process
from relay.replay import Decisions
from relay.stores.connecting import client
from relay.stores.redis import RedisStore
from relay.sweep import sweep
from relay.tide import Tide
from relay.transport.client import Transport
from relay.web.api import Api
from relay.web.app import application
from relay.web.inbox import Inbox

log = logging.getLogger("relay")

CHECK_S = 1.0
CANCEL_S = 0.5
ANEW_S = 1.0


def web(process: Process) -> ASGIApp:
    """The application of a web process. Raises ConfigError."""
    current = Current(process.config, process.env, load)
    wakes = Wakes(process.redis_url)
    redis = client(process.redis_url)
    store = RedisStore(redis, wakes)
    inbox = Inbox(Ingest(store, current), current)
    api = Api(store, Decisions(store, current), current, process.tokens)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with _running(current.watch, partial(_checking, store)):
            yield
        await redis.aclose()
        wakes.close()

    return application(inbox, api, store.check, lifespan)


async def _checking(store: RedisStore) -> None:
    """Knows within a second that Redis is full or read-only, so that no accept needs to ask; each change is told."""
    told, aside = await _first_check(store), None
    while True:
        await asyncio.sleep(CHECK_S)
        aside = await _tell_put_aside(store, aside)
        found = await _fault_of(store)
        if found != told:
            log.warning("Redis is fit again") if found is None else log.error("no accepts: %s", found)
        told = found


async def _first_check(store: RedisStore) -> str | None:
    found = await _fault_of(store)
    if found:
        log.error("no accepts: %s", found)
        return found
    with contextlib.suppress(StoreUnavailable):
        if warning := await store.warning():
            log.warning("%s", warning)
    return None


async def _tell_put_aside(store: RedisStore, after_ms: int | None) -> int | None:
    """When the latest that it has told of was found."""
    try:
        latest, names = await store.put_aside(after_ms)
    except StoreUnavailable:
        return after_ms
    for name in names:
        log.error("it can't be read, and is put aside: %s", name)
    return latest


async def _fault_of(store: RedisStore) -> str | None:
    try:
        await store.check()
    except StoreUnavailable as error:
        return str(error)
    return None


class WorkerService:
    """What a worker process runs on its loop."""

    def __init__(self, dispatch: Dispatch, stack: AsyncExitStack, grace_s: float) -> None:
        self._dispatch, self._stack, self._grace_s = dispatch, stack, grace_s

    async def drain(self, lane: str) -> None:
        await self._dispatch.drain(lane)

    async def stop(self) -> None:
        """Lets running attempts end, up to the grace; what still runs then is left to its lease."""
        self._dispatch.stop()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._dispatch.ended(), self._grace_s)
        await _cancelled(self._dispatch.running)  # before connections close, which they would take for an answer
        await self._stack.aclose()


async def worker(process: Process, told: Callable[[], bool], grace_s: float = GRACE_S) -> WorkerService:
    """Starts what a worker process runs. Claims nothing more once it is `told` to stop; from `stop` on, attempts have
    `grace_s` seconds to end. Raises ConfigError."""
    current = Current(process.config, process.env, load)
    async with AsyncExitStack() as stack:
        wakes = Wakes(process.redis_url)
        stack.callback(wakes.close)
        redis = client(process.redis_url)
        stack.push_async_callback(redis.aclose)
        store = RedisStore(redis, wakes)
        transport = await stack.enter_async_context(Transport())
        leases = Leases(store)
        dispatch = Dispatch(Edge(store, transport, from_fault), leases, current, wakes, told)
        tide = Tide(store, current, process.data)
        await tide.begin()
        sweeps = partial(sweep, store, wakes, dispatch.begin)
        steps = (current.watch, tide.rise, leases.keep, dispatch.listen, sweeps)
        await stack.enter_async_context(_running(*steps))
        return WorkerService(dispatch, stack.pop_all(), grace_s)


@asynccontextmanager
async def _running(*steps: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Runs the steps, which never end, beside the block; they are cancelled at its end."""
    tasks = [asyncio.create_task(_lasting(step)) for step in steps]
    try:
        yield
    finally:
        await _cancelled(tasks)


async def _lasting(step: Callable[[], Awaitable[None]]) -> None:
    """Begins a step anew where it fails: nobody waits for it, and without it leases would lapse or files go unread."""
    while True:
        try:
            await step()
        except Exception:
            log.exception("a part of this process failed, and begins anew")
        await asyncio.sleep(ANEW_S)


async def _cancelled(tasks: Collection[asyncio.Task[None]]) -> None:
    """Asks again until each has ended: one that is just connecting to Redis under uvloop loses a cancellation."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=CANCEL_S)
    await asyncio.gather(*tasks, return_exceptions=True)
