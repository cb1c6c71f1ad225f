"""A relay, in parts or whole, as its command line starts it, and the Redis below it."""

import http.client
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

import msgspec
from redis import Redis

from bench.playing.webhooks import SECRET
from bench.site import Site, Started, free_port, python, started
from relay import redis_server

HOST = "127.0.0.1"
TOKEN = "token-of-the-benchmark"


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """A redis-server of ours."""

    url: str
    redis: Redis
    process: Started

    def info(self, section: str) -> dict[str, Any]:
        found: dict[str, Any] = self.redis.info(section)
        return found

    def events(self) -> int:
        """How many events were accepted."""
        return int(self.redis.xlen("log"))


class Web(msgspec.Struct, frozen=True, kw_only=True):
    """Something that takes webhooks."""

    url: str
    process: Started


@contextmanager
def redis(site: Site, fsync: Literal["always", "everysec"]) -> Iterator[Server]:
    folder = site.new_folder("redis")
    socket = str(redis_server.socket_path(folder))
    with (
        started("redis", redis_server.command(redis_server.find_server(), folder, fsync), folder) as process,
        Redis(unix_socket_path=socket, socket_timeout=60) as client,
    ):
        process.until(lambda: _pings(client))
        yield Server(url=redis_server.url(folder), redis=client, process=process)


@contextmanager
def web(site: Site, routes: str, sink: str, server: Server) -> Iterator[Web]:
    """`relay web`, when it is ready."""
    folder, port = _written(site, routes), free_port()
    command = python("-m", "relay", "web", *_config(folder), "--port", str(port))
    with _ready(command, folder, port, {**_env(sink), "RELAY_REDIS_URL": server.url}) as found:
        yield found


@contextmanager
def worker(site: Site, routes: str, sink: str, server: Server) -> Iterator[Started]:
    """`relay worker`, just started."""
    folder = _written(site, routes)
    env = {**_env(sink), "RELAY_REDIS_URL": server.url, "RELAY_DATA": str(folder)}
    with started("worker", python("-m", "relay", "worker", *_config(folder)), folder, env) as process:
        yield process


@contextmanager
def up(site: Site, routes: str, sink: str) -> Iterator[Web]:
    """`relay up`, as it is shipped: a Redis of its own with appendfsync always, a web process and a worker."""
    folder, port = _written(site, routes), free_port()
    words = ("--port", str(port), "--data", str(folder / "data"))
    with _ready(python("-m", "relay", "up", *_config(folder), *words), folder, port, _env(sink)) as found:
        yield found


@contextmanager
def empty(site: Site) -> Iterator[Web]:
    """The same HTTP server, with a handler that does nothing."""
    folder, port = site.new_folder("empty"), free_port()
    with _ready(python("-m", "bench.playing.empty", str(port)), folder, port, {}) as found:
        yield found


@contextmanager
def _ready(command: list[str], folder: Path, port: int, env: Mapping[str, str]) -> Iterator[Web]:
    with started("relay", command, folder, env) as process:
        process.until(lambda: answers(port))
        yield Web(url=f"http://{HOST}:{port}", process=process)


def answers(port: int) -> bool:
    """Whether GET /health/ready is answered 200."""
    asking = http.client.HTTPConnection(HOST, port, timeout=5)
    with suppress(OSError, http.client.HTTPException):
        asking.request("GET", "/health/ready")
        return asking.getresponse().status == http.HTTPStatus.OK
    return False


def _written(site: Site, routes: str) -> Path:
    folder = site.new_folder("relay")
    (folder / "routes.yaml").write_text(routes)
    return folder


def _config(folder: Path) -> list[str]:
    return ["--config", str(folder / "routes.yaml")]


def _env(sink: str) -> dict[str, str]:
    known = {"SINK": sink, "SECRET": SECRET, "RELAY_API_TOKEN": TOKEN, "HOME": os.environ.get("HOME", "/")}
    return {**known, "RELAY_LOG_LEVEL": "warning"}  # docs/performance.md says what a line costs


def _pings(client: Redis) -> bool:
    with suppress(Exception):
        return bool(client.ping())
    return False


def rounds(site: Site, *steps: Callable[[], None]) -> None:
    """Takes the steps in turn, again and again: what disturbs the machine meanwhile disturbs them alike."""
    for _ in range(site.rounds):
        for step in steps:
            step()
