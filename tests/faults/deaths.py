"""What is done to Relay's own processes, and until when they have got over it."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from redis.asyncio import Redis
from redis.exceptions import RedisError

from .plan import Fault
from .up import Up, until

GOES_ON_S = 60
AWAY = (RedisError, TimeoutError, OSError)
Went = tuple[float, int]


@dataclass
class Deaths:
    """Each way returns the seconds until all went on, and how many deliveries had been under way."""

    up: Up
    redis: Redis
    lanes: Sequence[str]
    progress: Callable[[], int]
    chance: Random

    async def happen(self, fault: Fault) -> Went:
        """Raises TimeoutError where it doesn't go on."""
        if fault.kind.startswith("killed at "):
            return await self._killed_at(fault.kind.removeprefix("killed at "))
        return await _WAYS[fault.kind](self, fault)

    async def kill_web(self, _fault: Fault) -> Went:
        return await self._kill("web")

    async def kill_redis(self, _fault: Fault) -> Went:
        return await self._kill("redis-server")

    async def _kill(self, word: str) -> Went:
        children, since = self.up.children(word), time.monotonic()
        if children:
            pid = self.chance.choice(children)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            await self._replaced(word, pid)
        return time.monotonic() - since, 0

    async def _replaced(self, word: str, pid: int) -> None:
        async def by_another() -> bool:
            return bool(set(self.up.children(word)) - {pid}) and await self.up.is_ready()

        await until(by_another, GOES_ON_S)

    async def kill_worker(self, _fault: Fault) -> Went:
        under_way, since = await self.under_way(), time.monotonic()
        self._signal_a_worker(signal.SIGKILL)
        return await self.gone_on(under_way, since)

    async def stop_worker(self, _fault: Fault) -> Went:
        """It drains and ends by itself, and what it had goes on sooner than a lease ends."""
        under_way, since = await self.under_way(), time.monotonic()
        self._signal_a_worker(signal.SIGTERM)
        return await self.gone_on(under_way, since)

    def _signal_a_worker(self, number: signal.Signals) -> None:
        """One that has just ended by itself is left alone."""
        if workers := self.up.children("worker"):
            with suppress(ProcessLookupError):
                os.kill(self.chance.choice(workers), number)

    async def freeze_worker(self, fault: Fault) -> Went:
        under_way, since = await self.under_way(), time.monotonic()
        workers = self.up.children("worker")
        if not workers:
            return 0.0, 0
        pid = self.chance.choice(workers)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
        thaw = asyncio.create_task(_thaw(pid, fault.seconds))
        try:
            return await self.gone_on(under_way, since)
        finally:
            await thaw

    async def freeze_redis(self, fault: Fault) -> Went:
        for pid in self.up.children("redis-server"):
            os.kill(pid, signal.SIGSTOP)
            await _thaw(pid, fault.seconds)
        since = time.monotonic()
        await until(self.up.is_ready, GOES_ON_S)
        return time.monotonic() - since, 0

    async def delete_rq(self, _fault: Fault) -> Went:
        with suppress(*AWAY):
            keys = [key async for key in self.redis.scan_iter(match="rq:*", count=1000)]
            if keys:
                await self.redis.delete(*keys)
        before, since = self.progress(), time.monotonic()

        async def goes_on() -> bool:
            return self.progress() > before

        await until(goes_on, GOES_ON_S)
        return time.monotonic() - since, 0

    async def _killed_at(self, point: str) -> Went:
        """Whichever process of its kind comes there first."""
        word = point.partition(".")[0]
        before = self.up.children(word)
        self.up.arm(point)

        async def taken() -> bool:
            return not self.up.armed(point)

        await until(taken, GOES_ON_S)
        since = time.monotonic()
        if word == "worker":
            return await self.gone_on(await self.under_way(), since)
        for pid in before:
            await self._replaced(word, pid)
        return time.monotonic() - since, 0

    async def under_way(self) -> dict[str, str]:
        """Delivery → the token of its lease; nothing where Redis doesn't say."""
        found: dict[str, str] = {}
        with suppress(*AWAY):
            for lane in self.lanes:
                for delivery in await self.redis.zrange(f"l:{lane}:fly", 0, -1):
                    found[delivery] = await self.redis.hget(f"d:{delivery}", "token")
        return found

    async def gone_on(self, under_way: Mapping[str, str], since: float) -> Went:
        """Until none of them is where it was."""

        async def none_left() -> bool:
            with suppress(*AWAY):
                for delivery, token in under_way.items():
                    if await self.redis.hmget(f"d:{delivery}", "state", "token") == ["in_flight", token]:
                        return False
                return True
            return False

        await until(none_left, GOES_ON_S)
        return time.monotonic() - since, len(under_way)


async def _thaw(pid: int, seconds: float) -> None:
    await asyncio.sleep(seconds)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


_WAYS: dict[str, Callable[[Deaths, Fault], Awaitable[Went]]] = {
    "web killed": Deaths.kill_web,
    "worker killed": Deaths.kill_worker,
    "worker stopped": Deaths.stop_worker,
    "redis killed": Deaths.kill_redis,
    "worker frozen": Deaths.freeze_worker,
    "redis frozen": Deaths.freeze_redis,
    "rq keys deleted": Deaths.delete_rq,
}
