"""The lists of what is held or dead, of all lanes together, by when each became so."""

import heapq
from collections.abc import Sequence
from typing import Any, NamedTuple

from relay.sieve import DeliverySieve
from relay.stores.reading import Reading


class Place(NamedTuple):
    """Where a delivery stands in a list: since when it is held or dead, and its id."""

    at_ms: int
    id: str

    def __str__(self) -> str:
        return f"{self.at_ms}.{self.id}"


def place(cursor: str | None) -> Place | None:
    """What str() made of it."""
    at, _, id_ = (cursor or "").partition(".")
    return Place(int(at), id_) if at else None


class Lists(Reading):
    """Walks them in steps: what has one time stands by its id."""

    async def lanes_of(self, sieve: DeliverySieve) -> list[str]:
        """The one that is asked for, or all that ever had a delivery."""
        if sieve.lane:
            return [sieve.lane]
        (known,) = await self._pipe(lambda pipe: pipe.smembers("lanes"))
        return sorted(lane.decode() for lane in known)

    async def latest_ms(self, lanes: Sequence[str], sieve: DeliverySieve) -> int:
        """When the last one became so, 0 where there is none."""
        heads = await self._pipe(
            lambda pipe: [pipe.zrange(f"l:{lane}:{sieve.state}", -1, -1, withscores=True) for lane in lanes]
        )
        return max((int(score) for head in heads for _, score in head), default=0)

    async def falling(self, lanes: Sequence[str], after: Place | None, sieve: DeliverySieve, most: int) -> list[Place]:
        """The next places, newest first. Nothing is held or dead before its event came."""
        since_ms, top = sieve.since_ms or 0, f"({after.at_ms}" if after else "+inf"

        def ask(pipe: Any, key: str) -> None:
            pipe.zrevrangebyscore(key, top, since_ms, 0, most, withscores=True)

        found = await self._places(lanes, sieve, after, ask)
        return heapq.nlargest(most, (at for at in found if after is None or at < after))

    async def rising(
        self, lanes: Sequence[str], after: Place | None, sieve: DeliverySieve, until_ms: int, most: int
    ) -> list[Place]:
        """The same, oldest first, up to a time."""
        first = f"({after.at_ms}" if after else sieve.since_ms or 0

        def ask(pipe: Any, key: str) -> None:
            pipe.zrangebyscore(key, first, until_ms, 0, most, withscores=True)

        found = await self._places(lanes, sieve, after, ask)
        return heapq.nsmallest(most, (at for at in found if after is None or at > after))

    async def _places(self, lanes: Sequence[str], sieve: DeliverySieve, after: Place | None, ask: Any) -> set[Place]:
        """What `ask` asks of each lane's list, and all that has the time of `after`."""

        def both(pipe: Any) -> None:
            for lane in lanes:
                key = f"l:{lane}:{sieve.state}"
                ask(pipe, key)
                if after:
                    pipe.zrangebyscore(key, after.at_ms, after.at_ms, withscores=True)

        return {Place(int(at_ms), id_.decode()) for part in await self._pipe(both) for id_, at_ms in part}
