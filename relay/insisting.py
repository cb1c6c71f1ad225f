"""A step that the store must take, however long it is away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from relay.errors import StoreUnavailable

T = TypeVar("T")
AGAIN_S = 0.5


async def insist(step: Callable[[], Awaitable[T]]) -> T:
    """Repeats it until the store has taken it: an outcome is never dropped because Redis was away."""
    while True:
        try:
            return await step()
        except StoreUnavailable:
            await asyncio.sleep(AGAIN_S)
