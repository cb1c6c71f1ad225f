"""Many deliveries replayed, oldest first, so that the earlier document of a key goes before the later one."""

import msgspec

from relay.errors import Refused
from relay.replay import Decisions
from relay.sieve import DeliverySieve
from relay.store import Store


class NotReplayed(msgspec.Struct, frozen=True, kw_only=True):
    """One that couldn't be: somebody else decided it meanwhile, or its route still fails."""

    id: str
    error: str
    detail: str


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What one step did. `next`: where the next one goes on, null at the end; the same step may be asked for again."""

    replayed: int
    refused: list[NotReplayed]
    next: str | None


class Bulk:
    def __init__(self, store: Store, decisions: Decisions) -> None:
        self._store, self._decisions = store, decisions

    async def replay(self, sieve: DeliverySieve, cursor: str | None, limit: int, by: str, note: str) -> Replayed:
        """At most `limit` of those that are held or dead since before the first step. Raises StoreUnavailable."""
        page = await self._store.undecided(cursor, limit, sieve)
        refused = []
        for view in page.deliveries:
            try:
                await self._decisions.replay(view.id, by, note)
            except Refused as error:
                refused.append(NotReplayed(id=view.id, error=error.code, detail=error.what))
        return Replayed(replayed=len(page.deliveries) - len(refused), refused=refused, next=page.next)
