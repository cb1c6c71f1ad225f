"""Many replayed, oldest first, so that the earlier document of a key goes before the later one: deliveries that are
held or dead, and events that no route took."""

from collections.abc import Awaitable, Callable, Iterable

import msgspec

from relay.errors import Refused
from relay.replay import Decisions
from relay.rerouting import Rerouting
from relay.sieve import DeliverySieve, EventSieve
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
    """Each step is bounded by the `limit` of what it tries. Raises StoreUnavailable."""

    def __init__(self, store: Store, decisions: Decisions, rerouting: Rerouting) -> None:
        self._store, self._decisions, self._rerouting = store, decisions, rerouting

    async def replay(self, sieve: DeliverySieve, cursor: str | None, limit: int, by: str, note: str) -> Replayed:
        """Those that are held or dead since before the first step."""

        async def one(delivery: str) -> bool:
            await self._decisions.replay(delivery, by, note)
            return True

        page = await self._store.undecided(cursor, limit, sieve)
        return await _each((view.id for view in page.deliveries), one, page.next)

    async def route(self, sieve: EventSieve, cursor: str | None, limit: int, by: str, note: str) -> Replayed:
        """Events that came before the first step, by the file of today. Counted are those that lacked something."""

        async def one(event: str) -> bool:
            found = await self._rerouting.route(event, by, note)
            return bool(found.made or found.reopened)

        page = await self._store.oldest(cursor, limit, sieve)
        return await _each((view.event.id for view in page.events), one, page.next)


async def _each(ids: Iterable[str], replay: Callable[[str], Awaitable[bool]], following: str | None) -> Replayed:
    done, refused = 0, []
    for one in ids:
        try:
            done += await replay(one)
        except Refused as error:
            refused.append(NotReplayed(id=one, error=error.code, detail=error.what))
    return Replayed(replayed=done, refused=refused, next=following)
