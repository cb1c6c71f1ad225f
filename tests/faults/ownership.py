"""Every key in Redis belongs to something that is there: held against the layout in docs/architecture.md."""

from collections.abc import AsyncIterator, Callable, Mapping

from redis.asyncio import Redis

from .moment import Standing

ALONE = {"lanes", "lanes:due", "log", "seq", "ended", "poison"}


class Ownership:
    """`standing`: all deliveries and callbacks by id."""

    def __init__(self, standing: Mapping[str, Standing]) -> None:
        self._standing = standing
        self._events = {one.event for one in standing.values()}
        self._lanes = {one.lane for one in standing.values()}
        self._business = {(one.lane, one.once) for one in standing.values() if one.once}
        owns: dict[str, Callable[[str], bool]] = {
            **dict.fromkeys("es", self._events.__contains__),
            **dict.fromkeys("dapc", standing.__contains__),
            "u": lambda _: True,
            "o": lambda rest: tuple(rest.split(":", 1)) in self._business,
            "l": lambda rest: rest.split(":")[0] in self._lanes,
        }
        self._owns = owns

    async def orphans(self, redis: Redis) -> AsyncIterator[str]:
        """Keys that nobody owns, and entries of lanes that are left when everything has ended."""
        async for key in redis.scan_iter(count=2000):
            kind, _, rest = key.partition(":")
            if kind == "rq" or key in ALONE:
                continue
            if kind not in self._owns or not self._owns[kind](rest):
                yield key
        async for mark in redis.scan_iter(match="u:*", count=2000):
            value = await redis.get(mark)
            if any(value[at + 8 : at + 39] not in self._events for at in range(0, len(value), 39)):
                yield mark
        for lane in sorted(filter(None, self._lanes)):
            async for left in _left(redis, lane):
                yield left


async def _left(redis: Redis, lane: str) -> AsyncIterator[str]:
    for place in ("ready", "wait", "fly", "held"):
        if count := await redis.zcard(f"l:{lane}:{place}"):
            yield f"l:{lane}:{place} has {count}"
    if keys := await redis.hkeys(f"l:{lane}:keys"):
        yield f"l:{lane}:keys has {keys[:5]}"
