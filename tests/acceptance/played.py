"""A server that plays an ERP or an origin: each path answers as its function says, and what came is kept."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Answer = tuple[int, dict[str, str], bytes]


class Reset(Exception):
    """Raised by an answering function: the connection is reset without an answer."""


@dataclass
class Got:
    """One request as it came; header names in lower case. `at`: monotonic seconds."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answering = Callable[[Got], Answer | Awaitable[Answer]]


def says(content: Any = None, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON; `Retry_After="1"` becomes a header."""
    sent = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return status, sent, json.dumps(content).encode()


def booked(document: str) -> Answer:
    """What the ERP of these tests says when it has booked something."""
    return says({"code": "0", "data": {"billCode": document, "period": "2026-03"}})


class Played:
    """`answers[path]` is asked for each request; a path without one books V-1, V-2, …"""

    def __init__(self) -> None:
        self.url = ""
        self.answers: dict[str, Answering] = {}
        self.requests: list[Got] = []
        self._news = asyncio.Condition()

    def at(self, path: str) -> list[Got]:
        """What came to a path, in order."""
        return [got for got in self.requests if got.target.partition("?")[0] == path]

    async def count(self, path: str, least: int, within_s: float = 20) -> list[Got]:
        """Waits until that many requests came to a path."""
        async with asyncio.timeout(within_s), self._news:
            await self._news.wait_for(lambda: len(self.at(path)) >= least)
        return self.at(path)

    async def answer(self, request: web.Request) -> web.Response:
        headers = {name.lower(): ", ".join(request.headers.getall(name)) for name in request.headers}
        got = Got(request.method, request.path_qs, headers, await request.read())
        self.requests.append(got)
        async with self._news:
            self._news.notify_all()
        try:
            said = self.answers.get(request.path, self._book)(got)
            status, headers, body = await said if isinstance(said, Awaitable) else said
        except Reset:
            request.transport.abort()
            raise ConnectionResetError from None
        return web.Response(status=status, headers=headers, body=body)

    def _book(self, _got: Got) -> Answer:
        return booked(f"V-{len(self.requests)}")


@asynccontextmanager
async def playing(port: int = 0) -> AsyncIterator[Played]:
    """A server on a free port, or on the one that is given."""
    played = Played()
    app = web.Application(client_max_size=1 << 26)
    app.router.add_route("*", "/{path:.*}", played.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    played.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield played
    finally:
        await runner.cleanup()
