"""The version before and this one, on one Redis under load: nothing is lost, nothing booked twice, all is told.

BEFORE is the commit of the version before, to be moved on with each release that changes what is stored.
"""

import asyncio
import io
import signal
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count, cycle
from pathlib import Path
from random import Random
from typing import Any

import pytest
from redis.asyncio import Redis

from relay.jobs import Wakes

from .moment import everything
from .ownership import Ownership
from .person import Person
from .routes import LANES, ORIGIN, TEXT, variables
from .run import servers
from .sender import Post, Sender
from .up import Up, free_port, relay_up, until
from .verdict import Evidence

BEFORE = "4dc3da16abf9b970013bdea3f462f3c7fd37993e"
ROOT = Path(__file__).parents[2]
SEED, SECONDS, PER_SECOND, WITHIN_S = 4, 4, 25, 90


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A folder with the package as it was at BEFORE."""
    told = subprocess.run(["git", "archive", BEFORE, "relay"], cwd=ROOT, capture_output=True, check=False)
    if told.returncode:
        pytest.skip(f"the version before isn't here, as in a shallow clone: {told.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(told.stdout)) as packed:
        packed.extractall(tmp_path, filter="data")
    return tmp_path


class Beside:
    """A process of the version before on the Redis of `up`, and on its own port where it is a web process."""

    def __init__(self, up: Up, before: Path) -> None:
        self._up, self.url = up, f"http://127.0.0.1:{(port := free_port())}"
        own = {"RELAY_REDIS_URL": f"unix://{up.folder}/data/redis.sock", "RELAY_DATA": "data", "RELAY_PORT": str(port)}
        self._env = up.env | own | {"PYTHONPATH": str(before)}

    @asynccontextmanager
    async def runs(self, word: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """It ends with the block."""
        with (self._up.folder / "log.before").open("ab") as log:
            command = (sys.executable, "-m", "relay", word)
            process = await asyncio.create_subprocess_exec(
                *command, cwd=self._up.folder, env=self._env, stdout=log, stderr=log
            )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def test_two_versions_work_beside_each_other_and_lose_nothing(before: Path) -> None:
    """A web process and a worker of each take events and deliver them; then the older worker is told to stop."""
    async with servers(SEED) as (erps, origin):
        addresses = {name: server.url for name, server in {**erps, ORIGIN: origin}.items()}
        async with relay_up(TEXT, variables(addresses), workers=1) as up, up.redis() as redis:
            older = Beside(up, before)
            async with older.runs("web"), older.runs("worker") as worker:
                sender = Sender(_by_both(up, older.url), Random(SEED), odd=False)
                await _all_drain(up, redis, sender)
                await sender.send_for(SECONDS, PER_SECOND)
                worker.send_signal(signal.SIGTERM)
                async with asyncio.timeout(WITHIN_S):
                    assert await worker.wait() == 0
            await until(lambda: _all_delivered(redis, sender), WITHIN_S)
            standing = await everything(redis)
            evidence = Evidence(sender, Person(up, erps), erps, origin, standing)
            orphans = [orphan async for orphan in Ownership(standing).orphans(redis)]
            poison, layout = await redis.zrange("poison", 0, -1), await redis.get("layout")
    assert [*evidence.lost(), *evidence.unexpected(), *evidence.booked_twice(), *evidence.not_booked()] == []
    assert [*evidence.out_of_order(), *evidence.doubt_not_held(), *evidence.untold(), *sender.wrong] == []
    assert (orphans, poison, layout) == ([], [], "1")


async def _all_drain(up: Up, redis: Redis, sender: Sender) -> None:
    """Both workers have claimed on each lane that books."""

    async def both_there() -> bool:
        return await redis.scard("rq:workers") == 2

    await until(both_there, WITHIN_S)
    numbers = count()
    wakes = Wakes(f"unix://{up.folder}/data/redis.sock")

    async def shared() -> bool:
        number = next(numbers)
        for lane in LANES:
            await sender.send(f"msg-first-{number}-{lane}", {"to": lane, "report": "F", "number": f"F/{number}"})
            assert wakes([lane] * 2).result()
        return all([await redis.hlen(f"l:{lane}:last") > 1 for lane in LANES])

    await until(shared, WITHIN_S)
    wakes.close()


def _by_both(up: Up, older: str) -> Post:
    """Posts to the two web processes by turns."""
    turns = cycle((up.url, older))

    async def post(path: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        return await up.post(path, body, headers, at=next(turns))

    return post


async def _all_delivered(redis: Redis, sender: Sender) -> bool:
    standing = (await everything(redis)).values()
    there = {sent.event for sent in sender.taken.values()} <= {one.event for one in standing}
    return there and all(one.state == "delivered" for one in standing)
