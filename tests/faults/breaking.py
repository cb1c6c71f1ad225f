"""Does what the plan says, and measures how long each thing takes to go on."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from redis.asyncio import Redis
from redis.exceptions import RedisError

from .plan import Fault
from .played import Played
from .up import Up, until

GOES_ON_S = 60


@dataclass
class Broken:
    """A fault that happened, from `begun` on (monotonic seconds). `recovered_s`: None where it didn't go on in time.

    `alone`: no other process was hurt until it went on. `held`: deliveries that were under way."""

    fault: Fault
    begun: float
    recovered_s: float | None = None
    alone: bool = True
    held: int = 0


@dataclass
class Breaking:
    """`news` is called with a line for each thing that happens; `progress` counts what a server has done."""

    up: Up
    redis: Redis
    played: Mapping[str, Played]
    progress: Callable[[str], int]
    chance: Random
    news: Callable[[str], None]
    done: list[Broken] = field(default_factory=list)
    _hurt: list[Broken] = field(default_factory=list)

    async def break_all(self, plan: Sequence[Fault]) -> None:
        """Returns when everything planned has happened and gone on."""
        start = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for fault in plan:
                await asyncio.sleep(max(0.0, start + fault.at - time.monotonic()))
                group.create_task(self._break(fault, start))

    async def _break(self, fault: Fault, start: float) -> None:
        broken = Broken(fault, time.monotonic())
        self.done.append(broken)
        if not fault.where:
            self._crowd(broken)
        steps = {**_STEPS, **dict.fromkeys(self.played, Breaking._trouble)}
        try:
            since = await steps[fault.where or fault.kind](self, broken)
            broken.recovered_s = time.monotonic() - since
        except TimeoutError:
            broken.recovered_s = None
        if broken in self._hurt:
            self._hurt.remove(broken)
        went_on = "NOT RECOVERED" if broken.recovered_s is None else f"recovered in {broken.recovered_s:.2f} s"
        held = f", {broken.held} under way" if broken.held else ""
        self.news(f"{broken.begun - start:7.1f} s  {fault}{held}: {went_on}")

    def _crowd(self, broken: Broken) -> None:
        for other in self._hurt:
            other.alone = broken.alone = False
        self._hurt.append(broken)

    async def _kill(self, word: str) -> float:
        """Kills one process and waits until another is in its place and all is ready; when it was killed."""
        since = time.monotonic()
        children = self.up.children(word)
        if children:
            pid = self.chance.choice(children)
            os.kill(pid, signal.SIGKILL)
            await until(lambda: self._replaced(pid, word, len(children)), GOES_ON_S)
        await until(self.up.is_ready, GOES_ON_S)
        return since

    async def _replaced(self, pid: int, word: str, count: int) -> bool:
        now = self.up.children(word)
        return pid not in now and len(now) >= count

    async def _kill_web(self, _broken: Broken) -> float:
        return await self._kill("web")

    async def _kill_redis(self, _broken: Broken) -> float:
        return await self._kill("redis-server")

    async def _kill_worker(self, broken: Broken) -> float:
        under_way = await self._under_way()
        broken.held = len(under_way)
        since = time.monotonic()
        workers = self.up.children("worker")
        if workers:
            os.kill(self.chance.choice(workers), signal.SIGKILL)
        await until(lambda: self._gone_on(under_way), GOES_ON_S)
        return since

    async def _freeze_worker(self, broken: Broken) -> float:
        workers = self.up.children("worker")
        if not workers:
            return time.monotonic()
        pid, since = self.chance.choice(workers), time.monotonic()
        under_way = await self._under_way()
        broken.held = len(under_way)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            thaw = asyncio.create_task(_thaw(pid, broken.fault.seconds))
            try:
                await until(lambda: self._gone_on(under_way), GOES_ON_S)
            finally:
                went_on = time.monotonic() - since
                await thaw
            return time.monotonic() - went_on
        return since

    async def _under_way(self) -> dict[str, str]:
        """Delivery → the token of its lease; nothing where Redis doesn't say."""
        found: dict[str, str] = {}
        with suppress(RedisError, TimeoutError, OSError):
            for lane in self.played:
                for delivery in await self.redis.zrange(f"l:{lane}:fly", 0, -1):
                    found[delivery] = await self.redis.hget(f"d:{delivery}", "token")
        return found

    async def _gone_on(self, under_way: Mapping[str, str]) -> bool:
        """Whether none of them is where it was."""
        try:
            for delivery, token in under_way.items():
                if await self.redis.hmget(f"d:{delivery}", "state", "token") == ["in_flight", token]:
                    return False
        except (RedisError, TimeoutError, OSError):
            return False
        return True

    async def _freeze_redis(self, broken: Broken) -> float:
        for pid in self.up.children("redis-server"):
            os.kill(pid, signal.SIGSTOP)
            await _thaw(pid, broken.fault.seconds)
        since = time.monotonic()
        await until(self.up.is_ready, GOES_ON_S)
        return since

    async def _delete_rq(self, _broken: Broken) -> float:
        before, since = self._all_progress(), time.monotonic()
        with suppress(RedisError, TimeoutError, OSError):
            keys = [key async for key in self.redis.scan_iter(match="rq:*", count=1000)]
            if keys:
                await self.redis.delete(*keys)
        await until(self._goes_on(lambda: self._all_progress() > before), GOES_ON_S)
        return since

    async def _trouble(self, broken: Broken) -> float:
        fault, server = broken.fault, self.played[broken.fault.where]
        if fault.kind == "refuses":
            await server.close()
        server.trouble, server.share = fault.kind, fault.share
        await asyncio.sleep(fault.seconds)
        server.trouble = ""
        if fault.kind == "refuses":
            await server.open()
        since, before = time.monotonic(), self.progress(fault.where)
        await until(self._goes_on(lambda: self.progress(fault.where) > before), GOES_ON_S)
        return since

    def _all_progress(self) -> int:
        return sum(map(self.progress, self.played))

    def _goes_on(self, question: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
        async def answer() -> bool:
            return question()

        return answer


async def _thaw(pid: int, seconds: float) -> None:
    await asyncio.sleep(seconds)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


_STEPS: dict[str, Callable[[Breaking, Broken], Awaitable[float]]] = {
    "web killed": Breaking._kill_web,
    "worker killed": Breaking._kill_worker,
    "redis killed": Breaking._kill_redis,
    "worker frozen": Breaking._freeze_worker,
    "redis frozen": Breaking._freeze_redis,
    "rq keys deleted": Breaking._delete_rq,
}
