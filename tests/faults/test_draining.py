"""Workers that are told to stop, under load: what runs ends, what isn't begun is given back, nothing is in doubt."""

import asyncio
import os
import signal
from random import Random

from .moment import everything
from .routes import LANES, ORIGIN, TEXT, variables
from .run import servers
from .sender import Sender
from .up import Up, relay_up, until

SEED, TIMES = 5, 20


async def test_stopping_workers_again_and_again_orphans_nothing_and_leaves_no_doubt() -> None:
    async with servers(SEED) as (erps, origin):
        addresses = {name: server.url for name, server in {**erps, ORIGIN: origin}.items()}
        async with relay_up(TEXT, variables(addresses), workers=4) as up, up.redis() as redis:
            sender = Sender(up.post, Random(SEED), odd=False)
            async with asyncio.timeout(90), asyncio.TaskGroup() as group:
                group.create_task(sender.send_for(8, 25))
                group.create_task(_stop_workers(up, Random(SEED)))

            async def ended() -> bool:
                standing = await everything(redis)
                return bool(standing) and all(one.state == "delivered" for one in standing.values())

            await until(ended, 40)
            deliveries = [one for one in (await everything(redis)).values() if not one.callback]
    assert {one.event for one in deliveries} == {sent.event for sent in sender.taken.values()}
    for lane in LANES:
        numbers = [one.number for one in erps[lane].asked]
        assert len(numbers) == len(set(numbers)), lane


async def _stop_workers(up: Up, chance: Random) -> None:
    """Each once: a second signal would mean at once."""
    told: set[int] = set()

    async def untold() -> list[int]:
        return [pid for pid in up.children("worker") if pid not in told]

    for _ in range(TIMES):
        await asyncio.sleep(chance.uniform(0.1, 0.5))
        told.add(pid := chance.choice(await until(untold, 20)))
        os.kill(pid, signal.SIGTERM)
