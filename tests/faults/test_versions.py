"""This version after another, and beside one: nothing is lost, nothing booked twice, all is told.

BEFORE is the last commit of the layout before this one, ALIKE an earlier one of this layout.
"""

import asyncio
import io
import json
import signal
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count, cycle
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest
from redis.asyncio import Redis

from relay.jobs import Wakes

from .moment import everything
from .ownership import Ownership
from .person import Person
from .routes import LANES, ORIGIN, TEXT, variables
from .run import servers
from .sender import Post, Sender
from .signing import signed
from .up import TOKEN, Up, free_port, relay_up, until
from .verdict import Evidence, holds

pytestmark = pytest.mark.long

BEFORE, ALIKE = "3cd82a0d166dbc6170707bef96ed57ca9c076b2d", "f9e905a4610f2a3394e99a1c934271047781d266"
ROOT = Path(__file__).parents[2]
SEED, SECONDS, PER_SECOND, WITHIN_S = 4, 2, 25, 90


def package_of(commit: str, folder: Path) -> Path:
    """The folder, with the package as it was then."""
    told = subprocess.run(["git", "archive", commit, "relay"], cwd=ROOT, capture_output=True, check=False)
    if told.returncode:
        pytest.skip(f"the version before isn't here, as in a shallow clone: {told.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(told.stdout)) as packed:
        packed.extractall(folder, filter="data")
    return folder


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


async def test_what_the_version_before_stored_is_delivered_and_it_touches_nothing_then(tmp_path: Path) -> None:
    """An upgrade: stop, install, start. Some was delivered before, some waits on paused lanes; then processes of the
    version before start by mistake, take nothing and say why."""
    before = package_of(BEFORE, tmp_path)
    async with servers(SEED) as (erps, origin):
        addresses = {name: server.url for name, server in {**erps, ORIGIN: origin}.items()}
        env = variables(addresses)
        async with relay_up(TEXT, env | {"PYTHONPATH": str(before)}, workers=1) as up:
            sender = Sender(up.post, Random(SEED), odd=False)
            await sender.send_for(SECONDS, PER_SECOND)
            await _tell_lanes(up, "pause")
            await sender.send_for(SECONDS, PER_SECOND)
            await up.stop()
            up.env.pop("PYTHONPATH")
            await up.start()
            older = Beside(up, before)
            async with up.redis() as redis, older.runs("web"), older.runs("worker") as worker:
                await until(lambda: _is_marked(redis), WITHIN_S)
                await until(lambda: _refuses(up, older.url), WITHIN_S)
                await _tell_lanes(up, "resume")
                await sender.send_for(SECONDS, PER_SECOND)
                await until(lambda: _all_delivered(redis, sender), WITHIN_S)
                worker.send_signal(signal.SIGTERM)
                async with asyncio.timeout(WITHIN_S):
                    assert await worker.wait() == 0
                standing = await everything(redis)
                evidence = Evidence(sender, Person(up, erps), erps, origin, standing)
                orphans = [orphan async for orphan in Ownership(standing).orphans(redis)]
                poison, layout = await redis.zrange("poison", 0, -1), await redis.get("layout")
            assert "layout 2" in (up.folder / "log.before").read_text()
    holds(evidence)
    assert (orphans, poison, layout) == ([], [], "2")


async def test_two_versions_of_one_layout_work_beside_each_other(tmp_path: Path) -> None:
    """A web process and a worker of each take events and deliver them; then the older worker is told to stop."""
    async with servers(SEED) as (erps, origin):
        addresses = {name: server.url for name, server in {**erps, ORIGIN: origin}.items()}
        async with relay_up(TEXT, variables(addresses), workers=1) as up, up.redis() as redis:
            older = Beside(up, package_of(ALIKE, tmp_path))
            async with older.runs("web"), older.runs("worker") as worker:
                sender = Sender(_by_both(up, older.url), Random(SEED), odd=False)
                await _all_drain(up, redis, sender)
                await sender.send_for(2 * SECONDS, PER_SECOND)
                worker.send_signal(signal.SIGTERM)
                async with asyncio.timeout(WITHIN_S):
                    assert await worker.wait() == 0
            await until(lambda: _all_delivered(redis, sender), WITHIN_S)
            standing = await everything(redis)
            evidence = Evidence(sender, Person(up, erps), erps, origin, standing)
            orphans = [orphan async for orphan in Ownership(standing).orphans(redis)]
            poison = await redis.zrange("poison", 0, -1)
    holds(evidence)
    assert (orphans, poison) == ([], [])


async def _tell_lanes(up: Up, verb: str) -> None:
    for lane in LANES:
        body = json.dumps({"note": "an upgrade"}).encode()
        status, said = await up.post(f"/api/lanes/{lane}/{verb}", body, {"Authorization": f"Bearer {TOKEN}"})
        assert status == 200, said


async def _is_marked(redis: Redis) -> bool:
    """A worker of this version has been there."""
    return await redis.get("layout") == "2"


async def _refuses(up: Up, url: str) -> bool:
    """Whether a web process is there and takes nothing."""
    body = json.dumps({"to": LANES[0], "report": "F", "number": "F/1"}).encode()
    with suppress(aiohttp.ClientConnectionError):
        status, _ = await up.post("/in/expenses", body, signed(body, "msg-refused"), at=url)
        assert status == 503
        return True
    return False


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

    await until(shared, WITHIN_S, every_s=0.2)
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
