"""The leases that this worker holds: prolonged together, and checked by the monotonic clock before anything is sent."""

import asyncio
import time

from relay.errors import StoreUnavailable
from relay.store import Claimed, Hold, Lanes

LEASE_MS = 10_000


class Leases:
    """Knows until when each delivery is surely this worker's. Times are monotonic seconds."""

    def __init__(self, store: Lanes) -> None:
        self._store = store
        self._until: dict[Hold, float] = {}

    def add(self, claimed: Claimed, asked_at: float) -> Hold:
        """`asked_at`: when the claim was sent, so that the lease surely lasts LEASE_MS from then."""
        hold = Hold(lane=claimed.lane, dlv=claimed.id, token=claimed.token)
        self._until[hold] = asked_at + (LEASE_MS + claimed.start_ms) / 1000
        return hold

    def drop(self, hold: Hold) -> None:
        self._until.pop(hold, None)

    def holds(self, hold: Hold) -> bool:
        """Whether it is surely still held now."""
        return self._until.get(hold, 0) > time.monotonic()

    async def keep(self) -> None:
        """Prolongs all of them, three times in a lease, until cancelled."""
        while True:
            await asyncio.sleep(LEASE_MS / 3000)
            holds, asked_at = list(self._until), time.monotonic()
            try:
                kept = await self._store.extend(holds, LEASE_MS) if holds else []
            except StoreUnavailable:
                continue
            for hold, mine in zip(holds, kept, strict=True):
                if hold in self._until:
                    self._until[hold] = asked_at + LEASE_MS / 1000 if mine else 0
