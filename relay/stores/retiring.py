"""What has been kept long enough is read, stripped of its bodies, and taken away: a few events in a call."""

import time
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from relay import record
from relay.entries import mark_of
from relay.event import bare, pack
from relay.retention import Retention
from relay.store import Blob
from relay.stores.reading import Reading
from relay.stores.scripts import Script
from relay.stores.trouble import unavailable
from relay.views import EventView

AGAIN_MS = 86_400_000  # what blocks others is looked at again a day later


class _Attempts(msgspec.Struct, frozen=True, kw_only=True):
    dlv: str
    records: list[Blob]


class _Item(msgspec.Struct, frozen=True, kw_only=True):
    """As in retire.lua."""

    evt: str
    post: str | None = None
    mark: str | None = None
    packed: Blob | None = None
    attempts: list[_Attempts] = []


class RedisShelves(Reading):
    """Implements relay.retire.Shelves."""

    def __init__(self, redis: Redis) -> None:
        super().__init__(redis)
        self._ripe, self._retire = Script("ripe"), Script("retire")

    async def turn(self, lasts_ms: int) -> bool:
        """Whether it is this process's turn; nobody else's comes before that time is over."""
        (won,) = await self._pipe(lambda pipe: pipe.set("retiring", 1, nx=True, px=lasts_ms))
        return bool(won)

    async def take(self, kept: Retention, most: int) -> int:
        """How many were looked at, taken or not: less than `most` where no more are ripe."""
        looked = 0
        for shelf, keep_ms in (("ended", kept.bodies_ms), ("bare", kept.records_ms)):
            if keep_ms is not None and looked < most:
                looked += await self._take(shelf, keep_ms, most - looked)
        return looked

    async def _take(self, shelf: str, keep_ms: int, most: int) -> int:
        found = await self._called(self._ripe, {"shelf": shelf, "keep_ms": keep_ms, "want": most})
        ids = [evt.decode() for evt in found]
        views = {view.event.id: view for view in await self._events(ids)} if ids else {}
        items = [_item(views[evt]) if evt in views else _Item(evt=evt) for evt in ids]
        if items:
            asked = {"shelf": shelf, "keep_ms": keep_ms, "again_ms": AGAIN_MS, "items": items}
            await self._called(self._retire, asked)
        return len(items)

    async def _called(self, script: Script, args: Any) -> Any:
        try:
            return await script.call(self._redis, args)
        except (RedisError, OSError) as error:
            raise unavailable(error) from error


def _item(view: EventView) -> _Item:
    event = view.event
    attempts = [
        _Attempts(dlv=one.id, records=[Blob(record.bare(each)) for each in one.attempts])
        for one in (*view.deliveries, *view.callbacks)
    ]
    return _Item(
        evt=event.id,
        post=event.post,
        mark=mark_of(event),
        packed=Blob(pack(bare(event, time.time_ns() // 1_000_000))),
        attempts=attempts,
    )
