"""Runs presets against the systems that they are for, each with its knobs turned on, under two workers."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

from redis.asyncio import Redis

from relay import record
from relay.emulators import emulator
from relay.emulators.stage.emulator import Emulator
from relay.emulators.stage.knobs import Knobs
from relay.emulators.stage.serving import serving
from tests.faults.signing import signed
from tests.faults.up import Up, relay_up, until

from .account import Lane
from .case import case, routes
from .person import Person

WORKERS = 2
AT_ONCE = 16
SHARES = {
    "throttle": "0.05",
    "html_page": "0.05",
    "expire_sessions": "0.05",
    "closed_period": "0.02",
    "commit_late": "0.15",
    "drop_after_commit": "0.3",
    "truncate": "0.15",
    "slow": "0.05",
}


@dataclass(frozen=True)
class Wanted:
    """`documents`: for each system; `within_s`: in which all of it must have ended."""

    names: Sequence[str]
    documents: int
    seed: int
    within_s: float


async def run(wanted: Wanted, say: Callable[[str], object]) -> list[Lane]:
    """The account of each system."""
    cases = {name: case(name) for name in wanted.names}
    async with AsyncExitStack() as stack:
        systems = {name: _played(each.plays or name, wanted.seed) for name, each in cases.items()}
        urls = {name: await stack.enter_async_context(serving(system)) for name, system in systems.items()}
        accounts = {name: system.shown() for name, system in systems.items()}
        up = await stack.enter_async_context(_up(routes(cases, urls, accounts)))
        redis = up.redis()
        stack.push_async_callback(redis.aclose)
        sent = {name: _documents(name, wanted.documents) for name in cases}
        await _send(up, sent)
        person = Person(up, systems, cases)
        await _ended(wanted, redis, person, say)
        await until(lambda: _quiet(systems), wanted.within_s)
        lanes = await _lanes(redis, sent, person)
        for lane in lanes:
            of, entries = cases[lane.name], systems[lane.name].books.entries
            lane.repeats = of.repeats
            known = {of.known_as.format(number=number): amount for number, amount in sent[lane.name].items()}
            lane.compare(known, [each for each in entries if of.done is None or each.state in of.done])
        return lanes


@asynccontextmanager
async def _up(text: str) -> AsyncIterator[Up]:
    async with relay_up(text, {"RELAY": "http://127.0.0.1"}, WORKERS) as up:
        yield up


def _played(name: str, seed: int) -> Emulator:
    system = emulator(name, Knobs({knob: Decimal(share) for knob, share in SHARES.items()}, seed))
    system.knobs.late_s, system.knobs.slow_s = 0.2, 0.3
    return system


def _documents(name: str, count: int) -> Mapping[str, Decimal]:
    """Numbers and amounts, no two alike."""
    return {f"{name}-{n}": Decimal(10_000 + n) / 100 for n in range(1, count + 1)}


async def _send(up: Up, sent: Mapping[str, Mapping[str, Decimal]]) -> None:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(name: str, number: str, amount: Decimal) -> None:
        written = f'{{"to": "{name}", "number": "{number}", "amount": {amount}, "date": "2026-03-31", "memo": "差旅"}}'
        async with gate:
            status, said = await up.post("/in/expenses", written.encode(), signed(written.encode(), number))
        assert status == 202, said

    await asyncio.gather(*(one(name, *each) for name, documents in sent.items() for each in documents.items()))


async def _ended(wanted: Wanted, redis: Redis, person: Person, say: Callable[[str], object]) -> None:
    """Until each delivery is delivered. A person decides meanwhile."""

    async def ended() -> bool:
        await person.look(redis)
        left = Counter(lane for lane, state in (await _deliveries(redis)).values() if state != "delivered")
        say(f"{left.total()} left: " + ", ".join(f"{name} {count}" for name, count in sorted(left.items())))
        return not left

    await until(ended, wanted.within_s, 0.5)


async def _deliveries(redis: Redis) -> dict[str, tuple[str, str]]:
    """Each with its lane and state."""
    keys = [key async for key in redis.scan_iter("d:dlv_*", count=1000)]
    pipe = redis.pipeline(transaction=False)
    for key in keys:
        pipe.hmget(key, "lane", "state")
    return {key.removeprefix("d:"): tuple(found) for key, found in zip(keys, await pipe.execute(), strict=True)}


async def _quiet(systems: Mapping[str, Emulator]) -> bool:
    """No booking is still to come."""
    return not any(system._late for system in systems.values())


async def _lanes(redis: Redis, sent: Mapping[str, Mapping[str, Decimal]], person: Person) -> list[Lane]:
    """How often each was tried, how often in doubt, and decided by a person."""
    tried: dict[str, Counter[str]] = {name: Counter() for name in sent}
    for dlv, (name, _) in (await _deliveries(redis)).items():
        records = await redis.lrange(f"a:{dlv}", 0, -1)
        tried[name].update(filter(None, (record.unpack(each.encode("latin-1")).outcome for each in records)))
    return [
        Lane(name, len(sent[name]), outcomes.total(), outcomes["unknown"], person.decided[name])
        for name, outcomes in tried.items()
    ]
