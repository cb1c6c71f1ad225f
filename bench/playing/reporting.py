"""A platform that sends at a steady rate, whatever the answers take, and an ERP in the same process that notes when the
first byte of each came: one clock, and no waiting that hides a slow moment."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from random import Random

import aiohttp

from bench.playing.answering import Answering
from bench.playing.webhooks import event_id, report, signed

COMES_S = 150


class Reporting:
    """`url`: where the ERP listens. `apart`: paths that aren't counted; `hang`: those that are never answered."""

    def __init__(self) -> None:
        self.url = ""
        self.apart: frozenset[str] = frozenset()
        self.hang: frozenset[str] = frozenset()
        self._connections: list[Answering] = []
        self._sent: dict[str, float] = {}
        self._took_ms: dict[str, float] = {}

    def connection(self) -> Answering:
        self._connections.append(Answering(self.heard))
        return self._connections[-1]

    def let_go(self) -> None:
        """Ends what hangs."""
        self.hang = frozenset()
        for connection in self._connections:
            connection.let_go()

    def heard(self, path: str, body: bytes, at: float) -> bool:
        if path in self.hang:
            return False
        number = json.loads(body)["number"]
        if number in self._sent:
            self._took_ms.setdefault(number, (at - self._sent[number]) * 1000)
        return True

    async def latencies(
        self, url: str, per_s: float, seconds: float, more: Callable[[int], Mapping[str, str]] = lambda _: {}
    ) -> list[float]:
        """Milliseconds from the moment at which each report was to be sent to `url` until its first byte came here;
        those to paths `apart` aside. `more` is added to the n-th report.

        Raises RuntimeError where one is refused, or doesn't come.
        """
        self._sent, self._took_ms = {}, {}
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=256)) as session:
            await asyncio.gather(*[task async for task in self._send(session, url, per_s, int(per_s * seconds), more)])
        await self._come(url)
        return list(self._took_ms.values())

    async def _come(self, url: str) -> None:
        ends = time.monotonic() + COMES_S
        while (came := len(self._took_ms)) < len(self._sent):
            if time.monotonic() > ends:
                raise RuntimeError(f"{came} of {len(self._sent)} reports sent to {url} came to the ERP in {COMES_S} s")
            await asyncio.sleep(0.02)

    async def _send(
        self,
        session: aiohttp.ClientSession,
        url: str,
        per_s: float,
        count: int,
        more: Callable[[int], Mapping[str, str]],
    ) -> AsyncIterator[asyncio.Task[None]]:
        """At random moments, as many in the mean as asked for."""
        chance, at = Random(4), time.monotonic()  # the same moments each time
        for n in range(count):
            at += chance.expovariate(per_s)
            added = more(n)
            body = report(**added)
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            if f"/{added.get('to')}" not in self.apart:
                self._sent[json.loads(body)["number"]] = at
            yield asyncio.create_task(_post(session, url, body))


async def _post(session: aiohttp.ClientSession, url: str, body: bytes) -> None:
    async with session.post(url, data=body, headers=signed(body, event_id())) as answer:
        if answer.status >= 300:
            raise RuntimeError(f"{url} answered {answer.status}: {await answer.text()}")


@asynccontextmanager
async def reporting() -> AsyncIterator[Reporting]:
    loop = asyncio.get_running_loop()
    found = Reporting()
    server = await loop.create_server(found.connection, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield found
    finally:
        server.close()
