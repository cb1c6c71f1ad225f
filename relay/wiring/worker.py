"""Puts a worker process together; what it opens it closes."""

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from importlib import import_module

from relay.announcing import announce
from relay.background import cancelled, running
from relay.destination import Assertion
from relay.destinations.judge import from_fault
from relay.dispatch import Dispatch
from relay.exchange import Edge
from relay.jobs import Wakes
from relay.leases import Leases
from relay.process import GRACE_S, Process
from relay.replay import Decisions
from relay.retire import retire
from relay.scraping import Own, found_in, listening
from relay.sessions import Sessions
from relay.signals import Signal, tell
from relay.stores.connecting import client
from relay.stores.redis import RedisStore
from relay.stores.retiring import RedisShelves
from relay.stores.sessions import RedisSessions
from relay.stores.versions import RedisVersions
from relay.sweep import sweep
from relay.tide import Tide
from relay.transport.client import Transport
from relay.version import is_in_force
from relay.wiring.alerts import telling
from relay.wiring.version import surely

_SIGNER = "relay.assertions"


def signed(assertion: Assertion) -> str:
    """A login's JWT. The library is loaded at the first: few logins ask for one, and every start would pay."""
    token: str = import_module(_SIGNER).signed(assertion)
    return token


class WorkerService:
    """What a worker process runs on its loop."""

    def __init__(self, dispatch: Dispatch, stack: AsyncExitStack, grace_s: float) -> None:
        self._dispatch, self._stack, self._grace_s = dispatch, stack, grace_s
        tell(Signal.WORKER_STARTED)

    async def drain(self, lane: str) -> None:
        await self._dispatch.drain(lane)

    async def stop(self) -> None:
        """Lets running attempts end, up to the grace; what still runs then is left to its lease."""
        self._dispatch.stop()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._dispatch.ended(), self._grace_s)
        await cancelled(self._dispatch.running)  # before connections close, which they would take for an answer
        await self._stack.aclose()
        tell(Signal.WORKER_STOPPED)


async def worker(process: Process, told: Callable[[], bool], grace_s: float = GRACE_S) -> WorkerService:
    """Starts what a worker process runs. Claims nothing more once it is `told` to stop; from `stop` on, attempts have
    `grace_s` seconds to end. Raises ConfigError."""
    async with AsyncExitStack() as stack:
        wakes, redis = Wakes(process.redis_url), client(process.redis_url)
        stack.callback(wakes.close)
        stack.push_async_callback(redis.aclose)
        store = RedisStore(redis, wakes)
        current = await stack.enter_async_context(surely(process, "worker", redis))
        transport = await stack.enter_async_context(Transport())
        sessions = Sessions(RedisSessions(redis), transport, signed)
        stack.push_async_callback(sessions.close)
        leases = Leases(store)
        decided, in_force = Decisions(store, current), partial(is_in_force, RedisVersions(redis))
        edge = Edge(store, transport, sessions, from_fault, decided.cancel, in_force)
        dispatch = Dispatch(edge, leases, current, wakes, lambda: told() or current.is_behind)
        tide = Tide(store, current, process.data)
        await tide.begin()
        steps = (tide.rise, leases.keep, dispatch.listen)
        sweeps, retires = partial(sweep, store, wakes, dispatch.begin), partial(retire, RedisShelves(redis), current)
        await stack.enter_async_context(running(*steps, sweeps, retires))
        await stack.enter_async_context(telling(redis, store, current))
        own = Own(process.name or "worker", lambda: current().version)
        await stack.enter_async_context(found_in(process.shared, own))
        if process.metrics:
            stack.enter_context(listening(own, *process.metrics))
        announce("READY=1")
        return WorkerService(dispatch, stack.pop_all(), grace_s)
