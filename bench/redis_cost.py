"""What Redis pays for an event: its own CPU and memory, told by INFO, while RedisStore goes the whole way in groups.

`cost_per_event`, `flatness` and `memory` each empty the Redis that they are given (flatness its first databases). Alone
it prints all of them, on a Redis of its own: `python -m bench.redis_cost`.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any, TypeVar

import msgspec
from redis.asyncio import Redis

from bench.samples import BODY, HEADERS, RENDERED, claim, entry, settlement
from relay import redis_server
from relay.store import Entry
from relay.stores.connecting import client
from relay.stores.redis import RedisStore

Item = TypeVar("Item")

GROUP = 64


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """For each event. `redis_us`: CPU of the whole server; `lua_us`: of it inside script calls; `steps_us`: the same by
    step; `commands`: how many the scripts called, and `by_command` which, most frequent first."""

    redis_us: float
    lua_us: float
    steps_us: dict[str, float]
    commands: float
    by_command: dict[str, float]


class Flatness(msgspec.Struct, frozen=True):
    """Microseconds for each event among `waiting` deliveries: of Redis in scripts, and of the whole accept, the
    client's included."""

    waiting: int
    accept_us: float
    claim_us: float
    whole_accept_us: float


class _Meter:
    """The server's CPU, its time in scripts, and its calls by command, from `start` to `read`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def start(self) -> None:
        await self._redis.config_set("slowlog-log-slower-than", 20)
        await self._redis.config_set("slowlog-max-len", 100_000)
        await self._redis.slowlog_reset()
        await self._redis.config_resetstat()
        self._cpu_s = await self._cpu()

    async def _cpu(self) -> float:
        info = await self._redis.info("cpu")
        return float(info["used_cpu_user"] + info["used_cpu_sys"])

    async def read(self) -> tuple[float, float, Counter[str]]:
        """Microseconds of CPU and in scripts, and calls by command. Redis takes a script's time by the clock, others'
        time on this machine included: so it is the median of the calls, for each of them."""
        cpu_s = await self._cpu() - self._cpu_s
        rows = await self._redis.info("commandstats")
        stats = {name.removeprefix("cmdstat_"): row for name, row in rows.items()}
        calls = Counter({name: row["calls"] for name, row in stats.items() if name.split("|")[0] not in _ASKED})
        scripts = [
            one["duration"] for one in await self._redis.slowlog_get(100_000) if one["command"][:7] == b"EVALSHA"
        ]
        return cpu_s * 1e6, median(scripts or [0]) * len(scripts), calls


_ASKED = {"info", "config", "evalsha", "slowlog"}


async def cost_per_event(url: str, events: int = 6400, group: int = 64, keyed: bool = True) -> Cost:
    """The whole way of `events`: accepted, delivered, told; each step by all of them, in groups. `keyed`: each has an
    order key and a business key of its own."""
    async with _store(url) as (store, redis):
        entries = [entry(f"B26{n:06}" if keyed else None) for n in range(events)]
        meter, steps, calls = _Meter(redis), dict[str, float](), Counter[str]()
        cpu_us = 0.0
        async for name in _whole_way(store, entries, group, meter):
            used_us, lua_us, called = await meter.read()
            cpu_us, steps[name], calls = cpu_us + used_us, lua_us / events, calls + called
    each = {name: round(calls[name] / events, 2) for name, _ in calls.most_common()}
    return Cost(
        redis_us=cpu_us / events,
        lua_us=sum(steps.values()),
        steps_us=steps,
        commands=sum(each.values()),
        by_command=each,
    )


async def flatness(url: str, waiting: Sequence[int] = (1_000, 1_000_000), rounds: int = 40) -> list[Flatness]:
    """Accept and claim in groups of 64, with this many waiting, the lower quartile of `rounds`. Every second one has an
    order key; there is a key for each ten. Each number has a database of its own, and they are measured in turns."""
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(_store(f"{url}?db={db}")) for db in range(len(waiting))]
        await stores[0][1].config_set("appendonly", "no")
        for (store, _), wanted in zip(stores, waiting, strict=True):
            await _accept(store, [entry(f"B{n % (wanted // 5)}" if n % 2 else None, b"{}") for n in range(wanted)])
        taken = [[await _flat(store, _Meter(redis)) for store, redis in stores] for _ in range(rounds)]
    quartiles = [
        [quantiles(figures, n=4)[0] / GROUP for figures in zip(*rows, strict=True)] for rows in zip(*taken, strict=True)
    ]
    return [Flatness(wanted, *figures) for wanted, figures in zip(waiting, quartiles, strict=True)]


async def _flat(store: RedisStore, meter: _Meter) -> tuple[float, float, float]:
    """Microseconds of one accept in Redis, of one claim there, and of the whole accept."""
    entries = [entry() for _ in range(GROUP)]
    await meter.start()
    began = time.thread_time()
    await _accept(store, entries)
    own_us = (time.thread_time() - began) * 1e6
    cpu_us, accept_us, _ = await meter.read()
    await meter.start()
    await store.claim(claim("erp", GROUP))
    return accept_us, (await meter.read())[1], own_us + cpu_us


async def memory(url: str, events: int = 20_000, keyed: bool = False) -> float:
    """Bytes of Redis for each waiting event beyond its body and headers; `keyed`: with an order key of its own."""
    async with _store(url) as (store, redis):
        await redis.config_set("slowlog-max-len", 0)  # what a meter asks for keeps the arguments of each call
        await redis.slowlog_reset()
        before = (await redis.info("memory"))["used_memory"]
        await _accept(store, [entry(f"B26{n:06}" if keyed else None) for n in range(events)])
        grown = (await redis.info("memory"))["used_memory"] - before
    return float(grown) / events - len(BODY) - sum(len(name) + len(value) for name, value in HEADERS.items())


async def _whole_way(store: RedisStore, entries: list[Entry], group: int, meter: _Meter) -> AsyncIterator[str]:
    """Takes the steps one after another, and says each when it has been taken; the meter starts with each."""
    await meter.start()
    await _accept(store, entries, group)
    yield "accept"
    for lane in ("erp", "status"):
        await meter.start()
        claimed = [
            one for _ in range(0, len(entries), group) for one in (await store.claim(claim(lane, group))).deliveries
        ]
        yield f"claim {lane}"
        if lane == "erp":  # a callback may come twice, and isn't noted before it is sent
            await meter.start()
            await _grouped(lambda one: store.begin(one.id, one.token, RENDERED), claimed, group)
            yield "begin erp"
        settlements = [settlement(one) for one in claimed]
        await meter.start()
        await _grouped(store.settle, settlements, group)
        yield f"settle {lane}"


async def _accept(store: RedisStore, entries: Sequence[Entry], group: int = GROUP) -> None:
    await _grouped(store.accept, entries, group)


async def _grouped(step: Callable[[Item], Awaitable[Any]], items: Sequence[Item], group: int) -> None:
    for at in range(0, len(items), group):
        await asyncio.gather(*map(step, items[at : at + group]))


@asynccontextmanager
async def _store(url: str) -> AsyncIterator[tuple[RedisStore, Redis]]:
    """A store on an empty Redis that knows the scripts."""
    async with client(url) as redis:
        await redis.flushdb()
        store = RedisStore(redis, lambda _: None)
        async for _ in _whole_way(store, [entry()], 1, _Meter(redis)):
            pass
        await redis.flushdb()
        yield store, redis


@contextmanager
def serving() -> Iterator[str]:
    """The address of a Redis of its own, as `relay up` starts it but for the fsync, which is everysec."""
    with tempfile.TemporaryDirectory(prefix="relay-") as folder:
        data = Path(folder)
        server = subprocess.Popen(redis_server.command(redis_server.find_server(), data, "everysec"))  # noqa: S603
        try:
            while not asyncio.run(redis_server.ready(data)):
                time.sleep(0.05)
            yield redis_server.url(data)
        finally:
            server.terminate()
            server.wait()


async def _print(url: str, waiting: int) -> None:
    for keyed in (False, True):
        print(msgspec.to_builtins(await cost_per_event(url, keyed=keyed)))
        print("memory", round(await memory(url, keyed=keyed)))
    for row in await flatness(url, (1_000, waiting)):
        print(row)


if __name__ == "__main__":
    with serving() as address:
        asyncio.run(_print(address, int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
