"""The platform played: it signs, posts, and posts again under the same id until it is answered 2xx."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import aiohttp

from .routes import LANES
from .signing import signed

REPORTS = 24
AGAIN_S = (0.1, 1.0)
Post = Callable[[str, bytes, dict[str, str]], Awaitable[tuple[int, Any]]]


@dataclass(frozen=True)
class Sent:
    """One event that was answered 2xx. `event`: Relay's id; `tries`: posts it took; `known`: by then it was there."""

    id: str
    body: Any
    event: str
    tries: int
    known: bool


class Sender:
    """`taken`: what was answered 2xx, by the sender's id. `wrong`: answers that must not be, with their ids."""

    def __init__(self, post: Post, chance: Random, *, odd: bool = True) -> None:
        """`odd`: some events are repeated, refused by the ERP, or can't be routed."""
        self._post, self._chance, self._odd = post, chance, odd
        self.taken: dict[str, Sent] = {}
        self.wrong: list[str] = []
        self._posting: set[asyncio.Task[None]] = set()
        self._made = 0

    async def send_for(self, seconds: float, per_second: float) -> None:
        """Begins events at random moments; returns when each has its answer."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + seconds
        while loop.time() < ends:
            self._begin(self._next())
            await asyncio.sleep(self._chance.expovariate(per_second))
        while self._posting:
            await asyncio.wait(self._posting)

    def _begin(self, body: Any) -> None:
        self._made += 1
        task = asyncio.create_task(self.send(f"msg-{self._made}", body))
        self._posting.add(task)
        task.add_done_callback(self._posting.discard)

    def _next(self) -> Any:
        """Mostly a new document; now and then one that came before, one that is refused, one that can't be routed."""
        lot = self._chance.random() if self._odd else 0.5
        if lot < 0.03 and self.taken:
            return self._chance.choice(list(self.taken.values())[-50:]).body
        report = f"B{self._chance.randrange(REPORTS)}"
        to = list(LANES) if lot < 0.1 else self._chance.choice(LANES)
        body = {"to": to, "report": report, "number": f"{report}/{self._made}", "amount": 12.30}
        if lot > 0.99:
            del body["report"]
        return body | ({"refuse": True} if 0.96 < lot < 0.98 else {})

    async def send(self, id_: str, body: Any) -> None:
        """Returns when it is taken, or was answered what must not be."""
        data, tries = json.dumps(body).encode(), 0
        while id_ not in self.taken:
            tries += 1
            status, said = await self._try(id_, data)
            if status in (200, 202):
                self.taken[id_] = Sent(id_, body, said["id"], tries, status == 200)
            elif status and status not in (429, 503):
                self.wrong.append(f"{id_} was answered {status} {said}")
                return
            else:
                await asyncio.sleep(self._chance.uniform(*AGAIN_S))
        if self._chance.random() < 0.05:
            await self._once_more(self.taken[id_], data)

    async def _try(self, id_: str, data: bytes) -> tuple[int, Any]:
        """(0, None) where there was no answer."""
        try:
            return await self._post("/in/expenses", data, signed(data, id_))
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0, None

    async def _once_more(self, sent: Sent, data: bytes) -> None:
        """A platform that missed the answer: it must be told that this event is known, under the same id."""
        status, said = await self._try(sent.id, data)
        if status in (0, 429, 503):
            return
        if (status, said.get("id")) != (200, sent.event):
            self.wrong.append(f"{sent.id} once more was answered {status} {said}, first {sent.event}")
