"""A mark that rises with Redis and is kept outside it too: where Redis has an older one, it was set back.

A backup that was restored, a replica that lagged, a flush: what was open then may have been booked since.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable
from pathlib import Path

from relay.configuration import Config
from relay.errors import StoreUnavailable
from relay.signals import Signal, tell
from relay.store import Lanes

EVERY_S = 1.0
SLACK_MS = 5_000  # what `appendfsync everysec` may lose with the power
FILE = "tide"
OLDER = "Redis came back with an older state: every lane is paused; look at what is open, then resume"

log = logging.getLogger("relay.tide")


class Tide:
    """`folder` keeps the mark over this process's end; None keeps it in memory alone. A folder without a mark beside a
    Redis that has an old one is taken for a copy: a backup is made without the mark."""

    def __init__(self, store: Lanes, config: Callable[[], Config], folder: Path | None) -> None:
        self._store, self._config = store, config
        self._file = folder / FILE if folder else None
        self._seen = _kept(self._file)

    async def begin(self) -> None:
        """Looks once, before anything is claimed; waits for Redis."""
        while True:
            try:
                return await self._look()
            except StoreUnavailable as error:
                log.warning("waiting for Redis: %s", error)
                await asyncio.sleep(EVERY_S)

    async def rise(self) -> None:
        """Looks each second, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            with contextlib.suppress(StoreUnavailable):
                await self._look()

    async def _look(self) -> None:
        self._seen, fell = await self._store.tide(self._seen, SLACK_MS, list(self._config().destinations))
        if fell:
            tell(Signal.REDIS_OLDER, OLDER)
        if self._file:
            await asyncio.to_thread(_keep, self._file, self._seen)


def _kept(file: Path | None) -> int | None:
    """None where there should be a mark and isn't."""
    try:
        return int(file.read_text()) if file else 0
    except (OSError, ValueError):
        return None


def _keep(file: Path, seen: int) -> None:
    """Whole or not at all; another worker's may be newer by a moment, and either will do."""
    fresh = file.with_name(f"{FILE}.{os.getpid()}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh.write_text(str(seen))
        fresh.replace(file)
    except OSError as error:
        log.warning("the mark can't be kept: %s", error.strerror)
