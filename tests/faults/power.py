"""Power is lost again and again under load: what was answered 2xx is held against what is there afterwards."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from redis.asyncio import Redis

from .erp import Erp
from .moment import Moments, Standing, everything
from .origin import Origin
from .person import Person
from .powered import Cut, Disk, Powered, powered
from .routes import ORIGIN, TEXT, variables
from .run import servers
from .sender import Sender
from .up import Up, end, relay_up, until
from .verdict import Evidence

GAP_S = (0.2, 1.2)
GOES_ON_S, RESTS_S = 60, 120


@dataclass(frozen=True)
class Wanted:
    """`cuts` of the power under `per_second` events, against the binary `server`."""

    seed: int
    cuts: int
    server: Path
    disk: Disk
    per_second: float = 60
    workers: int = 2


@dataclass(frozen=True)
class Loss:
    """What one cut took with it: ids of events that had been answered 2xx, and for how many seconds such had been
    answered. `untrue`: what had left Relay and isn't known any more."""

    cut: Cut
    events: list[str]
    seconds: float
    untrue: list[str]


@dataclass
class Losses:
    """`broken`: by promise, what shows it; looked at once it has come to rest, with `always` alone."""

    taken: int = 0
    booked_twice: int = 0
    each: list[Loss] = field(default_factory=list)
    broken: dict[str, list[str]] = field(default_factory=dict)

    @property
    def none(self) -> bool:
        """Nothing was lost, and every promise held."""
        return not any(loss.events or loss.untrue for loss in self.each) and not any(self.broken.values())


async def run(wanted: Wanted, news: Callable[[str], None]) -> Losses:
    """Cuts the power as planned. With `always` it also waits for rest, and holds every promise to account."""
    async with powered(wanted.server, wanted.disk) as machine, servers(wanted.seed) as (erps, origin):
        addresses = {name: played.url for name, played in {**erps, ORIGIN: origin}.items()}
        env = {**variables(addresses), "RELAY_REDIS_URL": f"unix://{machine.socket}"}
        async with relay_up(TEXT, env, wanted.workers) as up, machine.client() as redis:
            return await _Run(wanted, news, machine, up, redis, erps, origin).losses()


@dataclass
class _Run:
    wanted: Wanted
    news: Callable[[str], None]
    machine: Powered
    up: Up
    redis: Redis
    erps: dict[str, Erp]
    origin: Origin

    def __post_init__(self) -> None:
        self.chance = Random(f"{self.wanted.seed} power")
        self.answered: dict[str, float] = {}
        self.sender = Sender(self._post, Random(f"{self.wanted.seed} sender"), odd=False)
        self.person = Person(self.up, self.erps)
        self.gone: set[str] = set()

    async def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
        status, said = await self.up.post(path, body, headers)
        if status == 202:
            self.answered[said["id"]] = time.monotonic()
        return status, said

    async def losses(self) -> Losses:
        found = Losses()
        deciding = asyncio.create_task(self.person.decide_all(self.redis))
        try:
            for number in range(self.wanted.cuts):
                found.each.append(await self._cut(torn=number % 2 == 1))
                self.news(_line(number, found.each[-1]))
            if self.wanted.disk.fsync == "always":
                found.broken = await self._account()
        finally:
            await end([deciding])
        found.taken = len(self.sender.taken)
        found.booked_twice = sum(len(erp.ledger) - len(erp.by_number) for erp in self.erps.values())
        return found

    async def _cut(self, *, torn: bool) -> Loss:
        """Once, at a random moment of some that senders post in."""
        gap = self.chance.uniform(*GAP_S)
        sending = asyncio.create_task(self.sender.send_for(gap + 0.3, self.wanted.per_second))
        await asyncio.sleep(gap)
        cut, at = await self.machine.lose_power(self.chance if torn else None), time.monotonic()
        await self.machine.start()
        loss = await self._looked_for(cut, at)
        await until(self.up.is_ready, GOES_ON_S)
        async with asyncio.timeout(GOES_ON_S):
            await sending
        return loss

    async def _looked_for(self, cut: Cut, at: float) -> Loss:
        """What had left Relay by now, looked for in a Redis that is asked after that."""
        taken = {sent.event for sent in self.sender.taken.values()} - self.gone
        booked = [(lane, voucher.event) for lane, erp in self.erps.items() for voucher in erp.ledger]
        told = list(self.origin.final())
        standing = await everything(self.redis)
        events = sorted(taken - {one.event for one in standing.values()})
        self.gone |= set(events)
        seconds = max([at - self.answered[event] for event in events if event in self.answered], default=0.0)
        untrue = [*await self._not_begun(booked, standing), *_not_ended(told, standing)]
        return Loss(cut, events, max(0.0, seconds), untrue)

    async def _not_begun(self, booked: list[tuple[str, str]], standing: Mapping[str, Standing]) -> list[str]:
        """Booked, though Redis doesn't know that anything was sent."""
        ids = {(one.lane, one.event): one.id for one in standing.values() if not one.callback}
        async with self.redis.pipeline(transaction=False) as pipe:
            for one in booked:
                pipe.hexists(f"d:{ids.get(one)}", "begun")
            begun = await pipe.execute()
        return [
            f"{lane} {event} is booked, not begun" for (lane, event), was in zip(booked, begun, strict=True) if not was
        ]

    async def _account(self) -> dict[str, list[str]]:
        rested = await self._rests(Moments())
        evidence = Evidence(self.sender, self.person, self.erps, self.origin, await everything(self.redis))
        poison = await self.redis.zrange("poison", 0, -1)
        return evidence.broken() | {"nothing in poison": poison, "it comes to rest": rested}

    async def _rests(self, moments: Moments) -> list[str]:
        """What is open still when it should have come to rest."""

        async def ended() -> bool:
            return not await moments.look(self.redis) and not moments.open

        try:
            await until(ended, RESTS_S)
        except TimeoutError:
            return sorted(moments.open)
        return []


def _not_ended(told: list[str], standing: Mapping[str, Standing]) -> Iterator[str]:
    for delivery in told:
        state = standing[delivery].state if delivery in standing else "gone"
        if state not in ("delivered", "dead"):
            yield f"{delivery} was told to have ended, and is {state}"


def _line(number: int, loss: Loss) -> str:
    cut = loss.cut
    sizes = f"written {cut.written}, synced {cut.synced}, left {cut.left}"
    missing = f"{len(loss.events)} events of {loss.seconds:.2f} s missing, {len(loss.untrue)} untrue"
    return f"cut {number + 1}: {sizes}; {missing}"
