"""What a process runs beside its work, without an end: watching files, prolonging leases, sweeping."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager

from relay.signals import Signal, tell

CANCEL_S = 0.5
ANEW_S = 1.0


@asynccontextmanager
async def running(*steps: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Runs the steps, which never end, beside the block; they are cancelled at its end."""
    tasks = [asyncio.create_task(_lasting(step)) for step in steps]
    try:
        yield
    finally:
        await cancelled(tasks)


async def _lasting(step: Callable[[], Awaitable[None]]) -> None:
    """Begins a step anew where it fails: nobody waits for it, and without it leases would lapse or files go unread."""
    while True:
        try:
            await step()
        except Exception as error:  # noqa: BLE001 - it is told
            tell(Signal.PROCESS_FAILED, "a part of this process failed, and begins anew", error)
        await asyncio.sleep(ANEW_S)


async def cancelled(tasks: Collection[asyncio.Task[None]]) -> None:
    """Asks again until each has ended: one that is just connecting to Redis under uvloop loses a cancellation."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=CANCEL_S)
    await asyncio.gather(*tasks, return_exceptions=True)
