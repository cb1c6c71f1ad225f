"""One run from its plan to its account."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from redis.asyncio import Redis
from redis.exceptions import RedisError

from .account import Account, late
from .breaking import Breaking
from .deaths import Deaths
from .erp import Erp
from .moment import Moments, everything
from .origin import Origin
from .ownership import Ownership
from .person import Person
from .plan import plan
from .played import Played
from .routes import LANES, ORIGIN, TEXT, variables
from .sender import Sender
from .up import Up, end, relay_up, until
from .verdict import Evidence

LOOK_S = 0.5
RESTS_S, RESTS_EVERY_S = 300, 0.2


@dataclass(frozen=True)
class Wanted:
    """`seconds` of faults, `gap_s` apart on average, under `per_second` events; `slack_s`: for a busy machine."""

    seed: int
    seconds: float
    gap_s: float = 4.0
    per_second: float = 25.0
    slack_s: float = 5.0


async def run(wanted: Wanted, news: Callable[[str], None]) -> Account:
    """Breaks a relay as planned and returns the account."""
    async with servers(wanted.seed) as (erps, origin):
        played: dict[str, Played] = {**erps, ORIGIN: origin}
        addresses = {name: server.url for name, server in played.items()}
        async with relay_up(TEXT, variables(addresses)) as up, up.redis() as redis:
            account = await _Run(wanted, news, up, redis, erps, origin).account()
            if not account.holds:
                news(f"its log is kept: {_keep_log(up, wanted.seed)}")
            return account


@asynccontextmanager
async def servers(seed: int) -> AsyncIterator[tuple[dict[str, Erp], Origin]]:
    """An ERP for each lane, and the origin, all listening."""
    erps = {lane: Erp(lane, Random(f"{seed} {lane}"), keeps_keys=lane == "erp-resend") for lane in LANES}
    origin = Origin(Random(f"{seed} origin"))
    for server in (*erps.values(), origin):
        await server.open()
    try:
        yield erps, origin
    finally:
        for server in (*erps.values(), origin):
            await server.close()


@dataclass
class _Run:
    wanted: Wanted
    news: Callable[[str], None]
    up: Up
    redis: Redis
    erps: dict[str, Erp]
    origin: Origin

    def __post_init__(self) -> None:
        self.sender = Sender(self.up.post, Random(f"{self.wanted.seed} sender"))
        self.person = Person(self.up, self.erps)
        self.moments = Moments()
        chance = Random(f"{self.wanted.seed} victims")
        played = {**self.erps, ORIGIN: self.origin}
        deaths = Deaths(self.up, self.redis, list(played), lambda: sum(map(self._progress, played)), chance)
        self.breaking = Breaking(deaths, played, self._progress, self.news)

    def _progress(self, name: str) -> int:
        return len(self.origin.told) if name == ORIGIN else len(self.erps[name].ledger)

    async def account(self) -> Account:
        began = time.monotonic()
        beside = [asyncio.create_task(one) for one in (self.person.decide_all(self.redis), self._look())]
        try:
            await self._break_while_sending()
            rested = await self._rests()
        finally:
            ended = await end(beside)
        for fault in ended:
            if isinstance(fault, Exception):
                raise fault
        account = await self._settled(time.monotonic() - began)
        account.broken_promises["it comes to rest"] = [] if rested else sorted(self.moments.open)
        return account

    async def _break_while_sending(self) -> None:
        wanted = self.wanted
        faults = plan(wanted.seed, wanted.seconds, wanted.gap_s)
        async with asyncio.TaskGroup() as group:
            group.create_task(self.sender.send_for(wanted.seconds + 3, wanted.per_second))
            group.create_task(self.breaking.break_all(faults))

    async def _look(self) -> None:
        """The books are balanced at every moment that Redis answers."""
        while True:
            with suppress(RedisError, TimeoutError, OSError):
                await self.moments.look(self.redis)
            await asyncio.sleep(LOOK_S)

    async def _rests(self) -> bool:
        async def ended() -> bool:
            with suppress(RedisError, TimeoutError, OSError):
                return not await self.moments.look(self.redis) and not self.moments.open
            return False

        try:
            return await until(ended, RESTS_S, RESTS_EVERY_S)
        except TimeoutError:
            return False

    async def _settled(self, seconds: float) -> Account:
        standing = await everything(self.redis)
        evidence = Evidence(self.sender, self.person, self.erps, self.origin, standing)
        orphans = [orphan async for orphan in Ownership(standing).orphans(self.redis)]
        shown = evidence.broken() | {
            "the books balance at every moment": sorted(set(self.moments.faults)),
            "no key in Redis that nobody owns": orphans,
            "nothing in poison": await self.redis.zrange("poison", 0, -1),
            "everything goes on in time": list(late(self.breaking.done, self.wanted.slack_s)),
        }
        figures = evidence.figures() | {"moments looked at": self.moments.looks}
        return Account(self.wanted.seed, seconds, figures, shown, self.breaking.done)


def _keep_log(up: Up, seed: int) -> Path:
    """Beside the temporary folder, which goes."""
    return Path(shutil.copy(up.folder / "log", up.folder.parent / f"faults-{seed}.log"))
