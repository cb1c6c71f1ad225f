"""A server on loopback that can be made to misbehave: its listener closed, its answers lost, cut or wrong."""

import asyncio
import json
import struct
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from socket import SO_LINGER, SOL_SOCKET
from typing import Any

HANGS_S = 30


@dataclass(frozen=True)
class Got:
    """One request; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Played(ABC):
    """`trouble` is one of TROUBLES or "", and `share` of the requests meet it. `takes_s`: how long an answer takes.
    While `answers` isn't set, they wait."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._listener: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self.port, self.trouble, self.share = 0, "", 1.0
        self.answers = asyncio.Event()
        self.answers.set()
        self.takes_s = (0.002, 0.005, 0.01, 0.02, 0.02, 0.3)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @abstractmethod
    def take(self, got: Got, *, act: bool, clear: bool) -> Any:
        """The answer as JSON. `act`: it does what it is asked to; `clear`: the client will hear how it went."""

    async def open(self) -> None:
        self._listener = await asyncio.start_server(self._talk, "127.0.0.1", self.port, backlog=1024)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Refuses connections, and cuts those that stand."""
        if self._listener:
            self._listener.close()
            self._listener = None
        for talk in list(self._talks):
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._talks.add(task := asyncio.current_task())
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._exchange(reader, writer):
                    pass
        finally:
            self._talks.discard(task)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; false where the connection isn't to go on."""
        head = await reader.readuntil(b"\r\n\r\n")
        if self._meets() == "resets before reading":
            return _reset(writer)
        got = _parsed(head, reader)
        return await self.answer(await got, writer)

    def _meets(self) -> str:
        return self.trouble if self._chance.random() < self.share else ""

    async def answer(self, got: Got, writer: asyncio.StreamWriter) -> bool:
        trouble = self._meets()
        if trouble in TROUBLES:
            return await TROUBLES[trouble](self, got, writer)
        answer = self.take(got, act=True, clear=True)
        await asyncio.sleep(self._chance.choice(self.takes_s))
        await self.answers.wait()
        writer.write(_said(answer))
        await writer.drain()
        return True

    def perhaps(self, got: Got) -> None:
        """Acts or doesn't, and the client won't hear which."""
        self.take(got, act=self._chance.random() < 0.5, clear=False)


def _parsed(head: bytes, reader: asyncio.StreamReader) -> Awaitable[Got]:
    line, *fields = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, target, _ = line.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (text.partition(":") for text in fields)}

    async def whole() -> Got:
        return Got(method, target, headers, await reader.readexactly(int(headers.get("content-length", 0))))

    return whole()


def _said(answer: Any, status: int = 200, headers: str = "Content-Type: application/json\r\n") -> bytes:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return f"HTTP/1.1 {status} Said\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _reset(writer: asyncio.StreamWriter) -> bool:
    writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return False


async def _hangs(played: Played, got: Got, _writer: asyncio.StreamWriter) -> bool:
    played.perhaps(got)
    await asyncio.sleep(HANGS_S)
    return False


async def _resets(played: Played, got: Got, writer: asyncio.StreamWriter) -> bool:
    played.take(got, act=True, clear=False)
    return _reset(writer)


async def _fails(played: Played, got: Got, writer: asyncio.StreamWriter) -> bool:
    played.perhaps(got)
    writer.write(_said({"code": "DOWN"}, 500))
    return True


async def _throttles(played: Played, got: Got, writer: asyncio.StreamWriter) -> bool:
    played.take(got, act=False, clear=True)
    writer.write(_said({"code": "SLOWLY"}, 429, "Content-Type: application/json\r\nRetry-After: 1\r\n"))
    return True


async def _asks_to_log_in(played: Played, got: Got, writer: asyncio.StreamWriter) -> bool:
    played.perhaps(got)
    writer.write(_said(b"<html><title>Log in</title></html>", 200, "Content-Type: text/html\r\n"))
    return True


async def _cuts(played: Played, got: Got, writer: asyncio.StreamWriter) -> bool:
    whole = _said(played.take(got, act=True, clear=False))
    writer.write(whole[:-4])
    await writer.drain()
    return False


async def _redirects(played: Played, got: Got, writer: asyncio.StreamWriter) -> bool:
    played.take(got, act=False, clear=True)
    writer.write(_said(b"", 302, "Location: http://127.0.0.1:9/login\r\n"))
    return True


TROUBLES: dict[str, Callable[[Played, Got, asyncio.StreamWriter], Awaitable[bool]]] = {
    "hangs": _hangs,
    "resets after booking": _resets,
    "answers 500": _fails,
    "answers 429": _throttles,
    "answers a login page": _asks_to_log_in,
    "cuts its answer": _cuts,
    "redirects": _redirects,
}
