"""A real redis-server for the tests: each xdist worker has its own, on a Unix socket in a short temporary folder.

`redis_url` is the default one; `every_redis_url` runs a test on each version that this machine has. The clients `redis`
and `every_redis` begin each test on an empty database.
"""

import gc
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import settings
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from xdist.scheduler import LoadScopeScheduling

from relay import redis_server

gc.set_threshold(10_000)  # seven thousand tests are collected by each process: searches for garbage were a sixth of it
settings.register_profile("relay", deadline=None)  # a busy machine is no fault
settings.load_profile("relay")
os.environ["RELAY_LANG"] = "en"  # what a test reads is English, wherever it runs


class Sharing(LoadScopeScheduling):
    """The tests of a module in shared/ share a running relay, so one process runs them; all others go anywhere."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("::")[0] if "/shared/" in nodeid else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Sharing:
    return Sharing(config, log)


def _servers() -> dict[str, Path]:
    """The servers here, by where they come from. The wheel's copy beside python is no other server."""
    beside_python = str(Path(sys.executable).parent)
    path = os.pathsep.join(folder for folder in os.get_exec_path() if folder != beside_python)
    found = {"wheel": redis_server.in_wheel(), "path": redis_server.on_path(path)}
    return {name: server for name, server in found.items() if server}


SERVERS = _servers()


@contextmanager
def _serving(server: Path, data: Path, fsync: Literal["always", "everysec"] = "everysec") -> Iterator[subprocess.Popen]:
    """Starts `server` on a folder and waits until it says that it is ready; ends it at once."""
    command = [*redis_server.command(server, data, fsync), "--logfile", ""]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert any("eady to accept connections" in line for line in process.stdout), f"{server} doesn't start"
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def _address(server: Path) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="relay-") as data, _serving(server, Path(data)):
        yield redis_server.url(Path(data))


@asynccontextmanager
async def _empty(url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(url, retry=Retry(NoBackoff(), 0), socket_timeout=10) as client:
        await client.flushall()
        yield client


@pytest.fixture(scope="session")
def default_server() -> Path:
    return redis_server.find_server("wheel")


@pytest.fixture(scope="session", params=SERVERS or ["none"])
def every_server(request: pytest.FixtureRequest) -> Path:
    """The binary of each version present, one after another."""
    return SERVERS.get(request.param) or redis_server.find_server()


@pytest.fixture(scope="session")
def redis_url(default_server: Path) -> Iterator[str]:
    """The address of this test process's server (6.2 from the wheel, where there is one)."""
    with _address(default_server) as url:
        yield url


@pytest.fixture(scope="session")
def every_redis_url(every_server: Path) -> Iterator[str]:
    """The same for each version present."""
    with _address(every_server) as url:
        yield url


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with _empty(redis_url) as client:
        yield client


@pytest.fixture
async def every_redis(every_redis_url: str) -> AsyncIterator[Redis]:
    async with _empty(every_redis_url) as client:
        yield client


@pytest.fixture
def serving() -> Callable[..., AbstractContextManager[subprocess.Popen]]:
    """Starts a server that the test may kill: `with serving(server, data, "always") as process`."""
    return _serving


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder whose path is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="relay-") as folder:
        yield Path(folder)
