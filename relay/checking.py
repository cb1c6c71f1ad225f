"""Whether Redis is fit for accepts, looked at each second, so that no accept needs to ask."""

import asyncio
import contextlib
from typing import Protocol

from relay.errors import StoreUnavailable
from relay.signals import Signal, tell

CHECK_S = 1.0


class Checked(Protocol):
    """`check` raises StoreUnavailable where accepts aren't possible; `warning`: what a person should know;
    `put_aside`: when the latest that can't be read was found, and what was after a time."""

    async def check(self) -> None: ...
    async def warning(self) -> str | None: ...
    async def put_aside(self, after_ms: int | None) -> tuple[int, list[str]]: ...


async def checking(store: Checked) -> None:
    """Until cancelled: knows within a second that Redis is full or read-only. Each change is told."""
    told, aside = await _first_check(store), None
    while True:
        await asyncio.sleep(CHECK_S)
        aside = await _tell_put_aside(store, aside)
        found = await _fault_of(store)
        if found != told:
            _tell(found)
        told = found


async def _first_check(store: Checked) -> str | None:
    found = await _fault_of(store)
    if found:
        _tell(found)
        return found
    with contextlib.suppress(StoreUnavailable):
        if warning := await store.warning():
            tell(Signal.REDIS_WARNED, warning)
    return None


async def _tell_put_aside(store: Checked, after_ms: int | None) -> int | None:
    """When the latest that it has told of was found."""
    try:
        latest, names = await store.put_aside(after_ms)
    except StoreUnavailable:
        return after_ms
    for name in names:
        tell(Signal.RECORD_PUT_ASIDE, f"it can't be read, and is put aside: {name}")
    return latest


def _tell(found: str | None) -> None:
    if found is None:
        tell(Signal.REDIS_FIT, "Redis is fit again")
    else:
        tell(Signal.REDIS_UNFIT, f"no accepts: {found}")


async def _fault_of(store: Checked) -> str | None:
    try:
        await store.check()
    except StoreUnavailable as error:
        return str(error)
    return None
