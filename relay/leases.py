"""The leases that this worker holds: prolonged together, and checked by the monotonic clock before anything is sent."""

import asyncio
import time
from collections.abc import Callable

from relay.errors import StoreUnavailable
from relay.store import Claimed, Hold, Lanes

LEASE_MS = 10_000


class Lease:
    """One claimed delivery, surely this worker's `until` then; `begins` is its start. Monotonic seconds."""

    def __init__(self, claimed: Claimed, asked_at: float, stopping: Callable[[], bool]) -> None:
        self.hold = Hold(lane=claimed.lane, dlv=claimed.id, token=claimed.token)
        self.until = asked_at + (LEASE_MS + claimed.start_ms) / 1000
        self._begins = time.monotonic() + claimed.start_ms / 1000
        self._stopping = stopping

    async def comes(self) -> bool:
        """Waits for its start; false where the worker is stopping."""
        wait_s = self._begins - time.monotonic()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        return not self._stopping()

    def lasts(self) -> bool:
        return self.until > time.monotonic()


class Leases:
    """All leases of this worker."""

    def __init__(self, store: Lanes) -> None:
        self._store = store
        self._held: set[Lease] = set()

    def add(self, lease: Lease) -> None:
        self._held.add(lease)

    def drop(self, lease: Lease) -> None:
        self._held.discard(lease)

    async def keep(self) -> None:
        """Prolongs them three times in a lease, until cancelled."""
        while True:
            await asyncio.sleep(LEASE_MS / 3000)
            leases, asked_at = list(self._held), time.monotonic()
            try:
                kept = await self._store.extend([one.hold for one in leases], LEASE_MS) if leases else []
            except StoreUnavailable:
                continue
            for lease, mine in zip(leases, kept, strict=True):
                lease.until = asked_at + LEASE_MS / 1000 if mine else 0.0
