"""A clock is wrong, or is set while attempts are under way: nothing is lost, doubled, out of order or late."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from redis.asyncio import Redis

from relay.jobs import Wakes

from .clock import HOUR_S, clock, missing, off_by
from .erp import Erp
from .moment import everything
from .origin import Origin
from .outside import Outside, redis_outside
from .person import Person
from .routes import LANES, ORIGIN, TEXT, variables
from .run import servers
from .sender import Sender
from .signing import signed
from .up import Up, end, relay_up, until
from .verdict import Evidence, holds

pytestmark = [pytest.mark.long, pytest.mark.skipif(bool(missing()), reason=missing())]
SEED, WITHIN_S = 11, 120
ROUTES = TEXT.replace("timeout: 2s", "timeout: 20s")  # on a machine that is busy no answer is late


@dataclass
class World:
    up: Up
    redis: Redis
    sender: Sender
    erps: dict[str, Erp]
    origin: Origin

    async def send(self, name: str, lanes: Sequence[str]) -> None:
        """An event to each lane named, of a few reports."""
        for number, lane in enumerate(lanes):
            report = f"B{number // 3 % 3}"
            body = {"to": lane, "report": report, "number": f"{report}/{name}-{number}"}
            await self.sender.send(f"msg-{name}-{number}", body)

    async def rests(self) -> Evidence:
        """What is there when everything has ended, and the origin has been told."""

        async def ended() -> Any:
            standing = await everything(self.redis)
            return all(one.state == "delivered" for one in standing.values()) and standing

        person = Person(self.up, self.erps)
        deciding = asyncio.create_task(person.decide_all(self.redis))
        try:
            standing = await until(ended, WITHIN_S, every_s=0.1)
        finally:
            await end([deciding])
        return Evidence(self.sender, person, self.erps, self.origin, standing)

    async def under_way(self) -> bool:
        """Whether each ERP has been asked."""
        return all(erp.asked for erp in self.erps.values())

    async def taken_over(self) -> bool:
        """Whether each delivery has been handed out as one whose worker was lost."""
        deliveries = [one.id for one in (await everything(self.redis)).values() if not one.callback]
        return all([await self.redis.hexists(f"d:{one}", "lost") for one in deliveries])


@asynccontextmanager
async def world(outside: Outside, env: Mapping[str, str], ahead_s: int = 0, workers: int = 2) -> AsyncIterator[World]:
    """`ahead_s`: how far the sender's clock is off."""
    async with servers(SEED) as (erps, origin):
        addresses = {name: server.url for name, server in {**erps, ORIGIN: origin}.items()}
        own = {**env, **variables(addresses), "RELAY_REDIS_URL": f"unix://{outside.socket}"}
        async with relay_up(ROUTES, own, workers) as up, outside.client() as redis:

            async def post(path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
                return await up.post(path, body, signed(body, headers["webhook-id"], ahead_s))

            yield World(up, redis, Sender(post, Random(SEED), odd=False), erps, origin)


async def test_a_step_forward_ends_leases_early_and_the_rules_of_doubt_hold() -> None:
    """Attempts are under way at a worker that has just been frozen, so that another one takes them over."""
    with clock() as set_clock:
        async with redis_outside(env=set_clock.env) as outside, world(outside, {}, workers=1) as running:
            for erp in running.erps.values():
                erp.answers.clear()
            await running.send("one", LANES)
            await until(running.under_way, WITHIN_S)
            (frozen,) = running.up.children("worker")
            os.kill(frozen, signal.SIGSTOP)
            set_clock.turn(HOUR_S)
            for erp in running.erps.values():
                erp.answers.set()
            async with _worker_beside(running, {}):
                await until(running.taken_over, WITHIN_S)
                os.kill(frozen, signal.SIGCONT)
                evidence = await running.rests()
    holds(evidence)
    times = {lane: len(erp.asked) for lane, erp in running.erps.items()}
    assert times == {"erp-resend": 2, "erp-lookup": 1, "erp-hold": 1}


async def test_a_step_back_leaves_every_promise_and_nothing_waits_until_it_has_passed() -> None:
    """A lane is open, one is told to wait, and a third one's attempts are under way when their workers die: what was
    to come in seconds comes in seconds."""
    with clock() as set_clock:
        async with redis_outside(env=set_clock.env) as outside, world(outside, {}) as running:
            running.erps["erp-lookup"].trouble = "answers 429"
            await running.erps["erp-hold"].close()
            running.erps["erp-resend"].answers.clear()
            await running.send("first", ["erp-lookup", "erp-hold"] * 8)
            await until(lambda: running.redis.hexists("l:erp-hold", "open"), WITHIN_S)
            await until(lambda: running.redis.hexists("l:erp-lookup", "throttle"), WITHIN_S)
            await running.send("then", ["erp-resend"] * 2)
            await until(lambda: running.redis.zcard("l:erp-resend:fly"), WITHIN_S)
            set_clock.turn(-HOUR_S)
            for worker in running.up.children("worker"):
                os.kill(worker, signal.SIGKILL)
            running.erps["erp-resend"].answers.set()
            running.erps["erp-lookup"].trouble = ""
            await running.erps["erp-hold"].open()
            await running.send("after", LANES * 4)
            holds(await running.rests())


@pytest.mark.parametrize("ahead_s", [HOUR_S, -HOUR_S])
async def test_hosts_whose_clocks_are_hours_apart_work_together(ahead_s: int) -> None:
    """Web and one worker an hour off, another worker as much to the other side: nothing is in doubt or sent twice."""
    async with (
        redis_outside() as outside,
        world(outside, off_by(ahead_s), ahead_s, workers=1) as running,
        _worker_beside(running, off_by(-ahead_s)),
    ):
        await _both_drain(running, outside)
        await running.send("shared", LANES * 6)
        evidence = await running.rests()
    holds(evidence)
    assert not any(evidence.person.held.values())
    for erp in running.erps.values():
        numbers = [one.number for one in erp.asked]
        assert len(numbers) == len(set(numbers)), erp.lane


@asynccontextmanager
async def _worker_beside(running: World, env: Mapping[str, str]) -> AsyncIterator[None]:
    """One more, on a host of its own."""
    own = {**running.up.env, **env}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "relay", "worker", cwd=running.up.folder, env=own
    )
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def _both_drain(running: World, outside: Outside) -> None:
    """Both workers have claimed on one lane."""
    sent = 0

    async def both_there() -> bool:
        return await running.redis.scard("rq:workers") == 2

    async def shared() -> bool:
        nonlocal sent
        sent += 1
        await running.send(f"meeting-{sent}", LANES[:1])
        assert wakes([LANES[0]] * 2).result()
        return await running.redis.hlen(f"l:{LANES[0]}:last") > 1

    await until(both_there, WITHIN_S)
    wakes = Wakes(f"unix://{outside.socket}")
    try:
        await until(shared, WITHIN_S, every_s=0.2)
    finally:
        wakes.close()
