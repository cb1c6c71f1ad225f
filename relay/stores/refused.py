"""The ring of refused requests: 10,000, 64 MiB, and no more than a twentieth of a Redis that has a limit."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from relay.refusing import Item
from relay.sieve import RefusedSieve
from relay.store import Blob
from relay.stores.reading import LOOKED_AT, Reading
from relay.stores.scripts import Script
from relay.stores.trouble import unavailable
from relay.turned import RefusedPage, RefusedView, Told, read_told

MOST = 10_000
MOST_BYTES = 64 << 20
SHARE = 20
KEPT_MS = 7 * 86_400_000
STEP = 200
PREFIX = "ref_"
_ID = re.compile(r"ref_[0-9]{1,19}-[0-9]{1,19}")


class _Item(msgspec.Struct, frozen=True, kw_only=True):
    told: Blob
    kept: Blob | None
    bytes: int


class RedisRefused(Reading):
    """Implements relay.refusing.Ring and relay.readmitting.Refusals."""

    _script = Script("refuse")

    def __init__(self, redis: Redis, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        super().__init__(redis)
        self._most, self._most_bytes = most, most_bytes

    async def add(self, items: Sequence[Item]) -> None:
        """The oldest go where there is no room. Raises StoreUnavailable."""
        (memory,) = await self._pipe(lambda pipe: pipe.info("memory"))
        most_bytes = min(self._most_bytes, memory.get("maxmemory", 0) // SHARE or self._most_bytes)
        await self._call(most_bytes, items=[_item(one) for one in items])

    async def remove(self, refused_id: str) -> None:
        """One that was let in: the event has its story. Raises StoreUnavailable."""
        await self._call(self._most_bytes, gone=[refused_id.removeprefix(PREFIX)])

    async def _call(self, most_bytes: int, items: Sequence[_Item] = (), gone: Sequence[str] = ()) -> None:
        asked = {"most": self._most, "most_bytes": most_bytes, "kept_ms": KEPT_MS, "items": items, "gone": gone}
        try:
            await self._script.call(self._redis, asked)
        except (RedisError, OSError) as error:
            raise unavailable(error) from error

    async def refused(self, cursor: str | None, limit: int, sieve: RefusedSieve) -> RefusedPage:
        """Newest first; looks at 10,000 at the most, which is all."""
        found: list[RefusedView] = []
        below, looked = cursor.removeprefix(PREFIX) if cursor else None, 0
        while looked < LOOKED_AT and (step := await self._step(below)):
            for at, told, kept in step:
                below, looked = at, looked + 1
                if told and _fits(told, sieve):
                    found.append(RefusedView(id=PREFIX + at, told=told, kept=kept))
                    if len(found) == limit:
                        return RefusedPage(refused=found, next=PREFIX + at)
        return RefusedPage(refused=found, next=None)

    async def _step(self, below: str | None) -> list[tuple[str, Told | None, bool]]:
        (step,) = await self._pipe(lambda pipe: pipe.xrevrange("refused", f"({below}" if below else "+", "-", STEP))
        return await self._with_kept(step)

    async def _with_kept(self, entries: Sequence[Any]) -> list[tuple[str, Told | None, bool]]:
        kept = await self._pipe(lambda pipe: [pipe.exists(f"x:{at.decode()}") for at, _ in entries])
        return [(at.decode(), _told(fields), bool(one)) for (at, fields), one in zip(entries, kept, strict=True)]

    async def one(self, refused_id: str) -> tuple[RefusedView, bytes | None] | None:
        """With what letting it in needs, while that is kept; None where there is no such request."""
        if not _ID.fullmatch(refused_id):
            return None
        at = refused_id.removeprefix(PREFIX)
        found, kept = await self._pipe(lambda pipe: pipe.xrange("refused", at, at).get(f"x:{at}"))
        views = [RefusedView(id=refused_id, told=told, kept=bool(kept)) for _, told in _readable(found) if told]
        return (views[0], kept or None) if views else None


def _readable(entries: Sequence[Any]) -> Iterator[tuple[bytes, Told | None]]:
    for at, fields in entries:
        yield at, _told(fields)


def _told(fields: dict[bytes, bytes]) -> Told | None:
    """None of what can't be read."""
    try:
        return read_told(fields.get(b"told", b""))
    except msgspec.DecodeError:
        return None


def _item(item: Item) -> _Item:
    kept = None if item.kept is None else Blob(item.kept)
    return _Item(told=Blob(item.told), kept=kept, bytes=len(item.told) + len(item.kept or b""))


def _fits(told: Told, sieve: RefusedSieve) -> bool:
    return (
        sieve.source in (None, told.source)
        and sieve.reason in (None, told.reason)
        and (sieve.since_ms is None or told.at_ms >= sieve.since_ms)
        and (sieve.until_ms is None or told.at_ms < sieve.until_ms)
    )
