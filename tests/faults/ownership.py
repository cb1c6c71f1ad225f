"""Every key in Redis stands in the layout of docs/architecture.md, and belongs to something that is there."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

from redis.asyncio import Redis

from .moment import Standing

PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"
DIGEST, RECORD = 8, 8 + 31


def layout() -> re.Pattern[str]:
    """What matches a key that the page names; `{…}` there stands for anything, and rq's are its own."""
    _, _, section = PAGE.read_text().partition("## Redis: the layout")
    rows = re.findall(r"^\|(.+?)\|", section.partition("\n## ")[0], re.MULTILINE)
    names = [name for row in rows for name in re.findall(r"`(.+?)`", row)]
    patterns = (re.escape(name).replace(r"\{L\}", "[^:]+") for name in names)
    return re.compile("|".join(["rq:.+", *(re.sub(r"\\{.+?\\}", ".+", pattern) for pattern in patterns)]))


class Ownership:
    """`standing`: all deliveries and callbacks by id."""

    def __init__(self, standing: Mapping[str, Standing]) -> None:
        self._events = {one.event for one in standing.values()}
        self._lanes = sorted({one.lane for one in standing.values() if one.lane})
        business = {f"{one.lane}:{one.once}" for one in standing.values() if one.once}
        self._owns: dict[str, Callable[[str], bool]] = {
            **dict.fromkeys("es", self._events.__contains__),
            **dict.fromkeys("dapc", standing.__contains__),
            "o": business.__contains__,
            "k": lambda _: False,
            "l": lambda rest: rest.split(":")[0] in self._lanes,
        }

    async def orphans(self, redis: Redis) -> AsyncIterator[str]:
        """Keys that nobody owns, and what is left in lanes when everything has ended."""
        known = layout()
        async for key in redis.scan_iter(count=2000):
            if not known.fullmatch(key) or not await self._owned(redis, key):
                yield key
        for lane in self._lanes:
            async for left in _left(redis, lane):
                yield left

    async def _owned(self, redis: Redis, key: str) -> bool:
        kind, _, rest = key.partition(":")
        if kind == "u":
            return await self._marks(redis, key)
        return self._owns.get(kind, lambda _: True)(rest)

    async def _marks(self, redis: Redis, mark: str) -> bool:
        """Whether the events behind a dedupe mark are there: it is digests and ids, one after another."""
        value = await redis.get(mark) or ""
        return all(value[at + DIGEST : at + RECORD] in self._events for at in range(0, len(value), RECORD))


async def _left(redis: Redis, lane: str) -> AsyncIterator[str]:
    for place in ("ready", "wait", "fly", "held"):
        if count := await redis.zcard(f"l:{lane}:{place}"):
            yield f"l:{lane}:{place} has {count}"
    if keys := await redis.hkeys(f"l:{lane}:keys"):
        yield f"l:{lane}:keys has {keys[:5]}"
