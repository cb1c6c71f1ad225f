"""The person played: looks what is in doubt up in the books, ends by hand what isn't done there, and sends on what an
open period has mended."""

import json
import time
from collections.abc import Iterable, Mapping

from redis.asyncio import Redis

from relay.emulators.stage.emulator import Emulator
from tests.faults.up import TOKEN, Up

from .case import Case

WAITS_S = 1.5
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}


class Person:
    """`cases`: what each system calls a document, and which of its states are done. `decided`: how often, by lane."""

    def __init__(self, up: Up, systems: dict[str, Emulator], cases: Mapping[str, Case]) -> None:
        self._up, self._systems, self._cases = up, systems, cases
        self._since: dict[str, float] = {}
        self.decided = dict.fromkeys(systems, 0)

    async def look(self, redis: Redis) -> None:
        """Decides once what has been held or dead for a while."""
        for lane in self._systems:
            for dlv in await _stuck(redis, lane):
                since = self._since.setdefault(dlv, time.monotonic())
                if time.monotonic() > since + WAITS_S:
                    await self._decide(redis, lane, dlv)
                    del self._since[dlv]

    async def _decide(self, redis: Redis, lane: str, dlv: str) -> None:
        once, why = await redis.hmget(f"d:{dlv}", "once", "why")
        doubtful = (why or "").startswith("unknown")
        of = self._cases[lane]
        booked = self._systems[lane].books.find(of.known_as.format(number=once)) if doubtful else None
        if booked and booked.state not in (done := of.done or [booked.state]):
            booked.state = done[-1]
        said = {"as": "delivered", "document": booked.number} if booked else {"as": "retry"}
        path = f"/api/deliveries/{dlv}/release"
        status, answer = await self._up.post(path, json.dumps({**said, "note": "looked up"}).encode(), HEADERS)
        if status not in (200, 409):
            raise AssertionError(f"release of {dlv} was answered {status} {answer}")
        self.decided[lane] += status == 200


async def _stuck(redis: Redis, lane: str) -> Iterable[str]:
    return [*await redis.zrange(f"l:{lane}:held", 0, -1), *await redis.zrange(f"l:{lane}:dead", 0, -1)]
