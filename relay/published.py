"""Keys that platforms publish, as a web process holds them: each is asked for once, by all who wait for it, and kept.

It is the only call that a web process makes. A stranger decides when it is made, so that it is bounded in time, in
size, and for each source in number and in those who wait for it; the accepts of other sources never do.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import msgspec

from relay.destination import Answer, Identity, Moment, Request
from relay.errors import KeyLater, KeyRefused, RelayError, Unanswered, Unsent
from relay.publisher import Publisher
from relay.rate import Seldom
from relay.shelf import Shelf
from relay.signature import Received
from relay.texts import _

TIMEOUT_MS = 5_000
MOST_BYTES = 1 << 16
MOST_WAITING = 100
TOLD_EVERY_S = 10.0

log = logging.getLogger("relay.published")


class Sender(Protocol):
    async def send(
        self, request: Request, timeout_ms: int, fresh: bool, identity: Identity | None = None
    ) -> Answer: ...


class Line:
    """Of one publisher: its keys, and who is asking for which."""

    def __init__(self) -> None:
        self.shelf = Shelf()
        self.asking: dict[str, asyncio.Task[None]] = {}
        self.waiting = 0


class Keys:
    """Of one process. `sender` reads answers up to MOST_BYTES. A line ends with the configuration that it is of."""

    def __init__(
        self,
        sender: Sender,
        moment: Callable[[], Moment],
        clock: Callable[[], float] = time.monotonic,
        timeout_ms: int = TIMEOUT_MS,
    ) -> None:
        self._sender, self._moment, self._clock, self._timeout_ms = sender, moment, clock, timeout_ms
        self._lines: WeakKeyDictionary[Publisher, Line] = WeakKeyDictionary()
        self._told = Seldom(TOLD_EVERY_S)

    async def put(self, publisher: Publisher, received: Received) -> Received:
        """The request with the key that it names. Raises as `key_of` does."""
        return msgspec.structs.replace(received, key=await self.key_of(publisher, received))

    async def key_of(self, publisher: Publisher, received: Received) -> str:
        """The public key that a request names, in PEM. Raises Forged where there is none, KeyLater where it can't be
        had now."""
        name = publisher.named(received)
        if given := publisher.given(name):
            return given
        line = self._lines.setdefault(publisher, Line())
        return line.shelf.key(name, self._clock()) or await self._waited(line, publisher, name)

    async def _waited(self, line: Line, publisher: Publisher, name: str) -> str:
        if line.waiting >= MOST_WAITING:
            raise KeyLater(_("too many requests wait for a key"))
        asking = line.asking.get(name) or self._begun(line, publisher, name)
        line.waiting += 1
        try:
            await asyncio.shield(asking)
        finally:
            line.waiting -= 1
        if found := line.shelf.key(name, self._clock()):
            return found
        raise KeyLater(_("a key can't be fetched"))

    def _begun(self, line: Line, publisher: Publisher, name: str) -> asyncio.Task[None]:
        request = publisher.request(name, self._moment())
        line.shelf.admit(name, self._clock(), len(line.asking))
        line.asking[name] = task = asyncio.create_task(self._ask(line.shelf, publisher, name, request))
        task.add_done_callback(lambda _: line.asking.pop(name))
        return task

    async def _ask(self, shelf: Shelf, publisher: Publisher, name: str, request: Request) -> None:
        """Its end stands on the shelf."""
        try:
            answer = await self._sender.send(request, self._timeout_ms, fresh=True)
            self._kept(shelf, publisher, name, answer)
        except (Unsent, Unanswered, KeyLater) as fault:
            shelf.fail(name, self._clock())
            self._tell(request, fault)
        except KeyRefused as fault:
            shelf.lack(name, self._clock())
            self._tell(request, fault)

    def _kept(self, shelf: Shelf, publisher: Publisher, name: str, answer: Answer) -> None:
        """Raises KeyLater, KeyRefused."""
        now, clock = self._moment().now_ms / 1000, self._clock()
        found = publisher.read(name, answer, now)
        for each, published in found.items():
            left = publisher.lasts_s if published.until is None else min(publisher.lasts_s, published.until - now)
            shelf.keep(each, published.key, clock + left)
        if name not in found:
            shelf.lack(name, clock)

    def _tell(self, request: Request, fault: RelayError) -> None:
        if count := self._told.count(self._clock()):
            log.warning("%s keys not had, the last from %s: %s", count, urlsplit(request.url).hostname, fault.what)

    async def close(self) -> None:
        """Ends what is under way."""
        under_way = [task for line in self._lines.values() for task in line.asking.values()]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
