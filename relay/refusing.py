"""Keeps what was refused, in the background and within bounds: a stranger's flood costs next to nothing.

At most 20 a second of a source and process, with a second's burst, and 4 MiB that wait to be written; each second they
go to Redis in one call. What is more is counted by the metrics alone, and a crash loses what waits.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from relay import turned
from relay.configuration import Config
from relay.errors import StoreUnavailable
from relay.rate import Rate
from relay.turned import Away

EVERY_S = 1.0
PER_S = 20
WAITING_BYTES = 4 << 20
SALT_BYTES = 16
PASSING = 503  # Redis is away or full, or too much comes at once: it can't be kept, and is sent again


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """To be written. `kept`: what letting it in needs."""

    told: bytes
    kept: bytes | None


class Ring(Protocol):
    async def add(self, items: Sequence[Item]) -> None:
        """Drops the oldest beyond its bounds. Raises StoreUnavailable."""


class Refusing:
    """`config` gives the configuration in force."""

    def __init__(self, ring: Ring, config: Callable[[], Config]) -> None:
        self._ring, self._config = ring, config
        self._rates: dict[str, Rate] = {}
        self._waiting: list[Away] = []
        self._bytes = 0

    def note(self, away: Away) -> None:
        """To be kept, if there is room."""
        size = len(away.received.body) if away.received else 0
        if away.error.status == PASSING or self._bytes + size > WAITING_BYTES or not self._allowed(away):
            return
        self._bytes += size
        self._waiting.append(away)

    def _allowed(self, away: Away) -> bool:
        """All that names no source counts as one."""
        name = away.source.name if away.source else ""
        return self._rates.setdefault(name, Rate()).wait_s(PER_S, time.monotonic()) == 0

    async def write(self) -> None:
        """Each second, until cancelled. What Redis doesn't take is lost."""
        while True:
            await asyncio.sleep(EVERY_S)
            if self._waiting:
                await self._write()

    async def _write(self) -> None:
        waiting, self._waiting, self._bytes = self._waiting, [], 0
        mask = self._config().mask
        items = [
            Item(told=turned.told(away, mask), kept=turned.kept(away, secrets.token_bytes(SALT_BYTES)))
            for away in waiting
        ]
        try:
            await self._ring.add(items)
        except StoreUnavailable:
            return
