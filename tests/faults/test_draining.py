"""Workers that are told to stop, under load: what runs ends, what isn't begun is given back, nothing is in doubt.

`RELAY_SIGTERMS=200 RELAY_SEED=5 pytest -n 0 -s tests/faults/test_draining.py` is the long form, with its figures.
"""

import asyncio
import os
import signal
import time
from collections.abc import Mapping, Sized
from random import Random
from statistics import median

import pytest
from redis.asyncio import Redis

from .moment import Standing, everything
from .ownership import Ownership
from .routes import LANES, ORIGIN, TEXT, variables
from .run import servers
from .sender import Sender
from .up import relay_up, until

pytestmark = pytest.mark.long

SEED, TIMES = int(os.environ.get("RELAY_SEED", "5")), int(os.environ.get("RELAY_SIGTERMS", "12"))
PER_SECOND, WITHIN_S = 15, 60
PATIENT = TEXT.replace("timeout: 2s", "timeout: 30s")  # so that doubt can come of stopping alone, on a busy machine too


async def test_stopping_workers_again_and_again_orphans_nothing_and_leaves_no_doubt() -> None:
    async with servers(SEED) as (erps, origin):
        addresses = {name: server.url for name, server in {**erps, ORIGIN: origin}.items()}
        async with relay_up(PATIENT, variables(addresses), workers=4) as up, up.redis() as redis:
            sender = Sender(up.post, Random(SEED), odd=False)
            async with asyncio.timeout(WITHIN_S + 5 * TIMES), asyncio.TaskGroup() as group:
                stopping = group.create_task(_stop_workers(redis, Random(f"{SEED} moments")))
                group.create_task(_send_while(stopping, sender))

            standing = await until(lambda: _at_rest(redis), WITHIN_S + TIMES, 0.5)
            orphans = [orphan async for orphan in Ownership(standing).orphans(redis)]
            in_doubt = await _in_doubt(redis, standing)
    lost = {sent.event for sent in sender.taken.values()} - {one.event for one in standing.values()}
    _tell(len(sender.taken), stopping.result(), {"orphans": orphans, "in doubt": in_doubt, "lost": lost})
    assert (orphans, in_doubt, lost) == ([], [], set())
    assert {one.state for one in standing.values()} == {"delivered"}
    for lane in LANES:
        numbers = [one.number for one in erps[lane].asked]
        assert len(numbers) == len(set(numbers)), lane


async def _at_rest(redis: Redis) -> dict[str, Standing] | None:
    """Everything, when nothing is under way any more."""
    standing = await everything(redis)
    return standing if all(one.ended or one.state == "held" for one in standing.values()) else None


async def _send_while(stopping: "asyncio.Task[list[float]]", sender: Sender) -> None:
    while not stopping.done():
        await sender.send_for(1, PER_SECOND)


async def _stop_workers(redis: Redis, chance: Random) -> list[float]:
    """Each once, for a second signal would mean at once, and when it works. The seconds that each took to end."""
    told: dict[int, asyncio.Task[float]] = {}

    async def untold() -> list[int]:
        pids = [await redis.hget(name, "pid") for name in await redis.smembers("rq:workers")]
        return sorted({int(pid) for pid in pids if pid} - set(told))

    for _ in range(TIMES):
        await asyncio.sleep(chance.uniform(0.1, 0.5))
        pid = chance.choice(await until(untold, WITHIN_S))
        told[pid] = asyncio.create_task(_stopped(pid))
    return await asyncio.gather(*told.values())


async def _stopped(pid: int) -> float:
    loop, gone, since = asyncio.get_running_loop(), asyncio.Event(), time.monotonic()
    process = os.pidfd_open(pid)
    os.kill(pid, signal.SIGTERM)
    loop.add_reader(process, gone.set)
    try:
        await asyncio.wait_for(gone.wait(), WITHIN_S)
    finally:
        loop.remove_reader(process)
        os.close(process)
    return time.monotonic() - since


async def _in_doubt(redis: Redis, standing: Mapping[str, Standing]) -> list[str]:
    marks = {name: await redis.hmget(f"d:{name}", "doubt", "lost") for name in standing}
    return [name for name, both in marks.items() if any(both)]


def _tell(events: int, took_s: list[float], found: Mapping[str, Sized]) -> None:
    counts = ", ".join(f"{name} {len(those)}" for name, those in found.items())
    print(f"\nseed {SEED}: {len(took_s)} SIGTERMs under {events} events: {counts}")
    print(f"a worker drained in {median(took_s):.2f} s (p50), {max(took_s):.2f} s at the most")
