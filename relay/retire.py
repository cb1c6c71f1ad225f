"""Removes what has been kept for as long as routes.yaml says, in steps so small that no request waits for one.

A step is at most 10 events, a second at most 500, over all workers: the others leave it to the one whose turn it is.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from relay.configuration import Config
from relay.errors import StoreUnavailable
from relay.retention import FOR_EVER, Retention

TURN_S = 2.0
EVERY_S = 0.02
AT_ONCE = 10
ROUNDS = 50


class Shelves(Protocol):
    """What holds the events. Both raise StoreUnavailable."""

    async def turn(self, lasts_ms: int) -> bool: ...
    async def take(self, kept: Retention, most: int) -> int: ...


async def retire(shelves: Shelves, config: Callable[[], Config]) -> None:
    """Until cancelled."""
    while True:
        kept = config().retention
        if kept != FOR_EVER:
            await _tried(shelves, kept)
        await asyncio.sleep(TURN_S / 2)


async def _tried(shelves: Shelves, kept: Retention) -> None:
    """What Redis doesn't take now is taken later."""
    try:
        if await shelves.turn(int(TURN_S * 1000)):
            await _round(shelves, kept)
    except StoreUnavailable:
        return


async def _round(shelves: Shelves, kept: Retention) -> None:
    for _ in range(ROUNDS):
        if await shelves.take(kept, AT_ONCE) < AT_ONCE:
            return
        await asyncio.sleep(EVERY_S)
