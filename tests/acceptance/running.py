"""A running relay to test from outside: `relay up` on a folder of its own, asked over HTTP and by its command line.

async with relay_up(ROUTES, {"ERP": erp.url}) as relay:
    said = await relay.send("expenses", {"type": "expense.paid"})
    event = await relay.event_in(said.json["id"], "delivered")
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
from redis.asyncio import Redis
from signing import SECRET, standard_webhooks

TOKEN = "token-of-the-tests"
WITHIN_S = 60  # for a busy machine: what happens is waited for no longer than it takes
EVERY_S = 0.02


@dataclass
class Said:
    """One answer of the relay."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str


async def until(found: Callable[[], Awaitable[Any]], within_s: float = WITHIN_S) -> Any:
    """Asks again and again until the answer is true, and gives it."""
    last = None
    try:
        async with asyncio.timeout(within_s):
            while not (last := await found()):  # noqa: ASYNC110 - it happens in another process
                await asyncio.sleep(EVERY_S)
    except TimeoutError:
        raise AssertionError(f"it didn't come within {within_s} s") from None
    return last


def lives(pid: int) -> bool:
    """Whether the process runs; one that has ended and wasn't waited for yet doesn't."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Relay:
    """`folder` holds routes.yaml, the data folder and the log. `env` is what the processes get beside PATH."""

    def __init__(self, folder: Path, client: aiohttp.ClientSession, env: Mapping[str, str], workers: int) -> None:
        self.folder, self.port, self._client, self._workers = folder, free_port(), client, workers
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: asyncio.subprocess.Process | None = None
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "RELAY_API_TOKEN": TOKEN, **env}

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def write(self, routes: str) -> None:
        """Puts a routes.yaml in place at once, as an editor does."""
        new = self.folder / "routes.new"
        new.write_text(routes)
        new.replace(self.folder / "routes.yaml")

    async def start(self, listener: socket.socket | None = None) -> None:
        """Returns when it is ready. `listener`: a socket on its port that outlives it, as systemd's does."""
        fds = [listener.fileno()] if listener else []
        where = ("--fd", str(fds[0])) if fds else ("--port", str(self.port))
        up = ("up", *where, "--data", str(self.data), "--workers", str(self._workers))
        began = time.monotonic()
        with (self.folder / "log").open("ab") as log:
            self.process = await self._spawn(*up, stdout=log, stderr=log, pass_fds=fds)
        await until(self._ready)
        self.ready_s = time.monotonic() - began

    @asynccontextmanager
    async def up_with(self, *words: str) -> AsyncIterator[None]:
        """`relay WORDS…` (`up` where there are none) beside the block; stopped as a person stops it."""
        with (self.folder / "log").open("ab") as log:
            process = await self._spawn(*(words or ("up",)), stdout=log, stderr=log)
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(40):
                assert await process.wait() == 0, self.log

    async def _spawn(self, *words: str, **streams: Any) -> asyncio.subprocess.Process:
        command = (sys.executable, "-m", "relay", *words)
        return await asyncio.create_subprocess_exec(*command, cwd=self.folder, env=self.env, **streams)

    async def _ready(self) -> bool:
        assert self.process.returncode is None, self.log
        return await self.is_ready()

    async def is_ready(self) -> bool:
        with suppress(aiohttp.ClientError):
            return (await self.ask("GET", "/health/ready", token=None)).status == 200
        return False

    async def stop(self) -> int:
        """As a person stops it; its exit status."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(40):
            return await self.process.wait()

    async def end(self) -> None:
        """At once, whatever runs: its children go with it."""
        if self.process is None:
            return
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.send_signal(signal.SIGTERM)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), 5)
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def run(self, *words: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Ran:
        """`relay WORDS…` in the folder, to its end."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "relay", *words),
            cwd=cwd or self.folder,
            env={**self.env, "RELAY_URL": self.url, **(env or {})},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(WITHIN_S):
            out, err = await process.communicate()
        return Ran(process.returncode, out.decode(), err.decode())

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        token: str | None = TOKEN,
    ) -> Said:
        """One request; a body that isn't bytes goes as JSON."""
        given = {"Authorization": f"Bearer {token}"} if token else {}
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"data": data and BytesIO(data), "headers": {**given, **(headers or {})}}
        async with self._client.request(method, self.url + path, allow_redirects=False, **sent) as answer:
            return Said(answer.status, {k.lower(): v for k, v in answer.headers.items()}, await answer.read())

    async def get(self, path: str) -> Any:
        """What it answers. It is asked again where Redis is late, on a busy disk, say."""
        said = await self.ask("GET", path)
        if said.status == 503:
            said = await self.ask("GET", path)
        assert said.status == 200, said
        return said.json

    async def send(self, source: str, body: Any, secret: str = SECRET, event: str | None = None) -> Said:
        """An event signed by Standard Webhooks."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.ask("POST", f"/in/{source}", data, standard_webhooks(data, secret, event), token=None)

    async def accepted(self, source: str, body: Any, event: str | None = None) -> str:
        """The id of an event that was taken."""
        said = await self.send(source, body, event=event)
        assert said.status == 202, said
        return said.json["id"]

    async def event_in(self, event: str, *states: str, within_s: float = WITHIN_S) -> Any:
        """The event as it is shown, once it is in one of the states."""
        seen: dict[str, Any] = {}

        async def found() -> bool:
            seen.update(await self.get(f"/api/events/{event}"))
            return seen["state"] in states

        try:
            await until(found, within_s)
        except AssertionError:
            raise AssertionError(f"not {states}: {json.dumps(seen, indent=1)}\n{self.log[-3000:]}") from None
        return seen

    async def delivery_in(self, event: str, *states: str, within_s: float = WITHIN_S, tried: int = 0) -> Any:
        """The one delivery of an event, once it is in one of the states and has `tried` records of attempts."""
        seen: dict[str, Any] = {}

        async def found() -> bool:
            (delivery,) = (await self.get(f"/api/events/{event}"))["deliveries"]
            seen.update(delivery)
            return seen["state"] in states and len(seen["attempts"]) >= tried

        try:
            await until(found, within_s)
        except AssertionError:
            raise AssertionError(f"not {states}: {json.dumps(seen, indent=1)}\n{self.log[-3000:]}") from None
        return seen

    async def lane(self, name: str) -> Any:
        return next(one for one in (await self.get("/api/lanes"))["lanes"] if one["destination"] == name)

    def redis(self) -> Redis:
        """A client of the relay's own Redis."""
        return Redis(unix_socket_path=str(self.data / "redis.sock"), decode_responses=True)

    def children(self, word: str) -> list[int]:
        """The processes below `relay up` whose command line has the word: web, worker, redis-server; "" for all."""
        return [pid for pid, words in _below(self.process.pid).items() if not word or word in words]


def _below(parent: int) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                command = (stat.parent / "cmdline").read_text().replace(" ", "\0").split("\0")
                found[int(stat.parent.name)] = [word.rpartition("/")[2] for word in command]
    return found


@asynccontextmanager
async def folder_of(
    routes: str, env: Mapping[str, str] | None = None, workers: int = 1, files: Mapping[str, str] | None = None
) -> AsyncIterator[Relay]:
    """A folder with a routes.yaml for a relay that isn't started; whatever was started in it ends with the block."""
    folder = Path(tempfile.mkdtemp(prefix="relay-"))
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True), timeout=aiohttp.ClientTimeout(30)
    ) as client:
        relay = Relay(folder, client, {"SECRET": SECRET, **(env or {})}, workers)
        relay.write(routes)
        for name, text in (files or {}).items():
            (folder / name).write_text(text)
        try:
            yield relay
        finally:
            await relay.end()
            shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def relay_up(
    routes: str, env: Mapping[str, str], workers: int = 1, files: Mapping[str, str] | None = None
) -> AsyncIterator[Relay]:
    """A relay that is ready."""
    async with folder_of(routes, env, workers, files) as relay:
        await relay.start()
        yield relay
