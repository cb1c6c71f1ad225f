"""What somebody wrote into Redis by hand: it is put aside with its reason, no worker ends, and all else goes on.

RELAY_POISON_SECONDS sets how long the good events are timed before and after (1 by default); it prints their p99.
"""

import asyncio
import json
import os
import time
import zlib
from contextlib import suppress
from statistics import median, quantiles

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from .erp import Erp
from .moment import deliveries_of
from .routes import ORIGIN, TEXT, variables
from .run import servers
from .signing import signed
from .up import TOKEN, Up, relay_up, until

pytestmark = pytest.mark.long

BAD, GOOD = "erp-hold", "erp-resend"
TIMED_S = float(os.environ.get("RELAY_POISON_SECONDS", "1"))
CONTAINED_S, BUSY_S, SWEPT_S = 60, 2, 2  # a lane whose bell is not heard is found by the sweep, a second later
MARK = "was-run"
FAULTS = (
    "HDEL d:{d} lane",
    "HDEL d:{d} evt seq state",
    "HSET d:{d} seq many",
    "HSET d:{d} first yesterday",
    "HSET d:{d} state snoozed",
    "DEL d:{d}",
    "SET d:{d} x",
    "SET s:{e} x",
    "SADD o:{lane}:{d} x",
    "SET e:{e} x",
    "DEL e:{e}",
)
STRAYS = (
    "ZADD l:{lane}:ready 1 dlv_unknown",
    "ZADD l:{lane}:wait 1 dlv_waits",
    "ZADD l:{lane}:fly 1 dlv_flies",
    "ZADD l:{lane}:ready 0 " + "x" * 100_000,
    "HSET l:{lane} throttle soon pace now closed_ms long failures some",
    "ZADD lanes:due 1 nobody",
    "SCRIPT FLUSH",
    "SET lanes:due x",
)


class World:
    """The relay with its ERPs; `sent`: when each number was posted, by the monotonic clock."""

    def __init__(self, up: Up, redis: Redis, erps: dict[str, Erp]) -> None:
        self.up, self.redis, self.erps = up, redis, erps
        self.sent: dict[str, float] = {}

    async def send(self, lane: str, number: str, report: str = "") -> str:
        """Until it is taken; the event's id."""
        body = json.dumps({"to": lane, "report": report or number, "number": number}).encode()

        async def taken() -> str | None:
            status, said = await self.up.post("/in/expenses", body, signed(body, f"msg-{number}"))
            return said["id"] if status in (200, 202) else None

        self.sent[number] = time.monotonic()
        return await until(taken, CONTAINED_S, 0.2)

    async def times(self, name: str) -> list[float]:
        """How long good events took to their ERP, in seconds; each came."""
        numbers, ends = [], time.monotonic() + TIMED_S
        while len(numbers) < 10 or time.monotonic() < ends:
            numbers.append(f"{name}/{len(numbers)}")
            await self.send(GOOD, numbers[-1])
            await asyncio.sleep(0.05)
        await until(lambda: self.all_booked(GOOD, numbers), CONTAINED_S)
        came = {asked.number: asked.at for asked in reversed(self.erps[GOOD].asked)}
        return [came[number] - self.sent[number] for number in numbers]

    async def all_booked(self, lane: str, numbers: list[str]) -> bool:
        return set(numbers) <= self.erps[lane].by_number.keys()

    async def ask(self, path: str, body: dict[str, str]) -> int:
        status, _ = await self.up.post(path, json.dumps(body).encode(), {"Authorization": f"Bearer {TOKEN}"})
        return status

    async def spoil(self, fault: str, event: str, dlv: str) -> None:
        await self.redis.execute_command(*fault.format(d=dlv, e=event, lane=BAD).split(" "))


async def test_what_cant_be_read_is_put_aside_and_all_else_goes_on() -> None:
    async with servers(3) as (erps, origin):
        addresses = {name: server.url for name, server in {**erps, ORIGIN: origin}.items()}
        async with relay_up(TEXT, variables(addresses)) as up, up.redis() as redis:
            world = World(up, redis, erps)
            await until(lambda: _both_workers(redis), CONTAINED_S)
            pids = sorted(up.children("worker"))
            before = await world.times("before")
            victims, followers = await _poison(world)
            after = await world.times("after")
            await until(lambda: _all_aside(redis, victims), CONTAINED_S)
            await world.send(BAD, "good")
            await until(lambda: world.all_booked(BAD, ["good"]), CONTAINED_S)
            await _junk(world)
            await _busy(up, redis)
            await world.times("at last")
            for dlv in victims:
                assert await world.ask(f"/api/deliveries/{dlv}/release", {"as": "dead", "note": "unreadable"}) == 200, (
                    dlv
                )
            await until(lambda: world.all_booked(BAD, followers), CONTAINED_S)
            assert sorted(up.children("worker")) == pids
            log = (up.folder / "log").read_text()
            assert not list(up.folder.glob(MARK))
    assert all(dlv in log for dlv in victims)
    assert median(after) < 5 * median(before) + SWEPT_S
    _tell(before, after)


async def _both_workers(redis: Redis) -> bool:
    return await redis.scard("rq:workers") == 2


async def _poison(world: World) -> tuple[list[str], list[str]]:
    """Spoils waiting deliveries, each with a follower of its order key; gives their ids and the followers' numbers."""
    await world.ask(f"/api/lanes/{BAD}/pause", {})
    victims, followers = [], []
    for at, fault in enumerate(FAULTS):
        event = await world.send(BAD, f"bad/{at}", f"R{at}")
        (dlv,) = await deliveries_of(world.redis, event)
        await world.send(BAD, f"follower/{at}", f"R{at}")
        await world.spoil(fault.replace("{lane}:{d}", f"{{lane}}:bad/{at}"), event, dlv)
        victims.append(dlv)
        followers.append(f"follower/{at}")
    for stray in STRAYS:
        await world.spoil(stray, "", "")
    await world.ask(f"/api/lanes/{BAD}/resume", {})
    return victims, followers


async def _all_aside(redis: Redis, victims: list[str]) -> bool:
    """Each is held, and in poison with a reason."""
    named = {name.partition(" ")[0] for name in await redis.zrange("poison", 0, -1)}
    return {*victims, "dlv_unknown", "dlv_waits", "dlv_flies"} <= {*await redis.zrange(f"l:{BAD}:held", 0, -1)} & named


async def _junk(world: World) -> None:
    """Jobs for rq that aren't Relay's: another function, pickled data, callbacks and webhooks, no hash at all."""
    redis, mark = world.redis, world.up.folder / MARK
    called = zlib.compress(json.dumps(["os.system", None, [f"touch {mark}"], {}]).encode()).decode("latin-1")
    ours = zlib.compress(json.dumps(["relay.jobs.drain", None, [GOOD], {}]).encode()).decode("latin-1")
    job = {"status": "queued", "origin": "relay", "created_at": "2026-01-01T00:00:00.000000Z"}
    hooks = {"success_callback_name": "os.getcwd", "failure_callback_name": "os.getcwd", "webhooks": '[{"url": "x"}]'}
    await redis.hset("rq:job:named", mapping={**job, "data": called})
    await redis.hset("rq:job:pickled", mapping={**job, "data": f"cos\nsystem\n(S'touch {mark}'\ntR."})
    await redis.hset("rq:job:hooked", mapping={**job, **hooks, "data": ours})
    await redis.hset("rq:job:odd", mapping={"created_at": "?", "timeout": "long"})
    await redis.set("rq:job:string", "x")
    await redis.rpush("rq:queue:relay", "named", "pickled", "hooked", "odd", "string", "none")

    async def popped() -> bool:
        return await redis.llen("rq:queue:relay") == 0

    await until(popped, CONTAINED_S)


async def _busy(up: Up, redis: Redis) -> None:
    """A script of somebody else's holds Redis for some seconds; then it is killed."""
    await redis.config_set("lua-time-limit", 50)
    async with up.redis() as other:
        held = asyncio.create_task(_forever(other))

        async def busy() -> bool:
            try:
                return not await redis.ping()
            except ResponseError as error:
                return "BUSY" in str(error)

        await until(busy, CONTAINED_S)
        await asyncio.sleep(BUSY_S)
        await redis.script_kill()
        await held


async def _forever(redis: Redis) -> None:
    with suppress(RedisError):
        await redis.eval("while true do end", 0)


def _tell(before: list[float], after: list[float]) -> None:
    p99 = [quantiles(times, n=100)[98] for times in (before, after)]
    print(f"p99 before {p99[0]:.3f} s, among poison {p99[1]:.3f} s: {p99[1] / p99[0]:.2f} times")
