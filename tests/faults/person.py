"""The person played: looks each held delivery up in the ERP and decides it, and lets what comes after a dead one go."""

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import suppress

import aiohttp
from redis.asyncio import Redis
from redis.exceptions import RedisError

from .erp import Erp
from .up import TOKEN, Up

WAITS_S = 3.0


class Person:
    """Decides what has been held for WAITS_S. `held`: how often, by lane; `retried`: (lane, number) → when."""

    def __init__(self, up: Up, erps: Mapping[str, Erp]) -> None:
        self._up, self._erps = up, erps
        self._since: dict[str, float] = {}
        self.retried: dict[tuple[str, str], list[float]] = {}
        self.held: dict[str, list[str]] = {lane: [] for lane in erps}
        self._given_up: set[str] = set()

    async def decide_all(self, redis: Redis) -> None:
        """Until cancelled."""
        while True:
            with suppress(RedisError, aiohttp.ClientError, TimeoutError, OSError):
                for lane in self._erps:
                    for delivery in await redis.zrange(f"l:{lane}:held", 0, -1):
                        await self._decide(redis, lane, delivery)
                    for delivery in await redis.zrange(f"l:{lane}:dead", 0, -1):
                        await self._give_up(delivery)
            await asyncio.sleep(0.5)

    async def _decide(self, redis: Redis, lane: str, delivery: str) -> None:
        now = time.monotonic()
        if delivery not in self._since:
            self._since[delivery] = now
            self.held[lane].append(delivery)
        if now < self._since[delivery] + WAITS_S:
            return
        number = await redis.hget(f"d:{delivery}", "once")
        booked = self._erps[lane].by_number.get(number)
        decided = {"as": "delivered", "document": booked} if booked else {"as": "retry"}
        if not booked:
            self.retried.setdefault((lane, number), []).append(now)
        if await self._release(delivery, {**decided, "note": "looked up"}):
            del self._since[delivery]

    async def _give_up(self, delivery: str) -> None:
        if delivery not in self._given_up and await self._release(delivery, {"as": "dead", "note": "given up"}):
            self._given_up.add(delivery)

    async def _release(self, delivery: str, body: Mapping[str, str]) -> bool:
        """Whether it is decided, now or before."""
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        path = f"/api/deliveries/{delivery}/release"
        status, said = await self._up.post(path, json.dumps(body).encode(), headers)
        if status not in (200, 409, 503):
            raise AssertionError(f"release of {delivery} was answered {status} {said}")
        return status != 503
