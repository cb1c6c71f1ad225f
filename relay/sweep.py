"""Looks each second for lanes that have work and nobody: a wake-up may be lost without harm."""

import asyncio
from collections.abc import Callable

from relay.errors import StoreUnavailable
from relay.store import Lanes

EVERY_S = 1.0
AT_ONCE = 100


async def sweep(store: Lanes, wake: Callable[[list[str]], None]) -> None:
    """Until cancelled."""
    while True:
        try:
            asleep = await store.sweep(AT_ONCE, int(EVERY_S * 1000))
        except StoreUnavailable:
            asleep = []
        if asleep:
            wake(asleep)
        if len(asleep) < AT_ONCE:
            await asyncio.sleep(EVERY_S)
