"""The HTTP client of a process that may never send: loaded and opened at its first request, since loading aiohttp and
the certificates takes a web process a fifth of its start.
"""

import asyncio
from contextlib import AsyncExitStack
from importlib import import_module
from types import TracebackType
from typing import Protocol, Self

from relay.destination import Answer, Identity, Request

_CLIENT = "relay.transport.client"


class _Client(Protocol):
    async def send(
        self, request: Request, timeout_ms: int, fresh: bool, identity: Identity | None = None
    ) -> Answer: ...


class LaterTransport:
    """Sends as Transport does, and closes what it has opened. `most`: bytes of an answer that are read."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._stack, self._opening = AsyncExitStack(), asyncio.Lock()
        self._opened: _Client | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def send(self, request: Request, timeout_ms: int, fresh: bool, identity: Identity | None = None) -> Answer:
        """As Transport has it; the time to load isn't of `timeout_ms`."""
        async with self._opening:
            self._opened = self._opened or await self._open()
        return await self._opened.send(request, timeout_ms, fresh, identity)

    async def _open(self) -> _Client:
        """Loaded in a thread: what the process accepts meanwhile doesn't wait."""
        client = await asyncio.to_thread(import_module, _CLIENT)
        opened: _Client = await self._stack.enter_async_context(client.Transport(most=self._most))
        return opened
