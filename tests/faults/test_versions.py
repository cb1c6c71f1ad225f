"""This version on what the one before has stored: nothing is lost, nothing booked twice, all is told.

BEFORE is the commit of the version before, to be moved on with each release that changes what is stored.
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
from pathlib import Path
from random import Random

import aiohttp
import pytest
from redis.asyncio import Redis

from .moment import everything
from .ownership import Ownership
from .person import Person
from .routes import LANES, ORIGIN, TEXT, variables
from .run import servers
from .sender import Sender
from .signing import signed
from .up import TOKEN, Up, free_port, relay_up, until
from .verdict import Evidence

BEFORE = "b9868cba697e77cd788e0952894407c4400d643f"
ROOT = Path(__file__).parents[2]
SEED, SECONDS, PER_SECOND, WITHIN_S = 4, 2, 25, 90


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


async def test_what_the_version_before_stored_is_delivered_and_it_touches_nothing_then(before: Path) -> None:
    """An upgrade: stop, install, start. Some was delivered before, some waits on paused lanes; then processes of the
    version before start by mistake, take nothing and say why."""
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
    assert [*evidence.lost(), *evidence.unexpected(), *evidence.booked_twice(), *evidence.not_booked()] == []
    assert [*evidence.out_of_order(), *evidence.doubt_not_held(), *evidence.untold(), *sender.wrong] == []
    assert (orphans, poison, layout) == ([], [], "2")


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


async def _all_delivered(redis: Redis, sender: Sender) -> bool:
    standing = (await everything(redis)).values()
    there = {sent.event for sent in sender.taken.values()} <= {one.event for one in standing}
    return there and all(one.state == "delivered" for one in standing)
