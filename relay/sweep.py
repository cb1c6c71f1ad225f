"""Looks each second for lanes that have work and nobody: a wake-up may be lost without harm."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future

from relay.errors import StoreUnavailable
from relay.store import Lanes

EVERY_S = 1.0
AT_ONCE = 100


async def sweep(store: Lanes, wake: Callable[[list[str]], Future[bool]], begin: Callable[[str], object]) -> None:
    """Until cancelled. `wake` says whether RQ took the wake-ups; a full Redis lets the lanes drain and refuses those,
    so that this worker then begins the stints itself."""
    while True:
        try:
            asleep = await store.sweep(AT_ONCE, int(EVERY_S * 1000))
        except StoreUnavailable:
            asleep = []
        if asleep and not await asyncio.wrap_future(wake(asleep)):
            for lane in asleep:
                begin(lane)
        if len(asleep) < AT_ONCE:
            await asyncio.sleep(EVERY_S)
