"""What the tests of the server share: an application to serve, and a client that speaks in raw bytes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


class Wire:
    """One connection. Everything is given up after 20 s, so that a broken server fails a test and doesn't hang it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self) -> bytes:
        """One answer with a Content-Length: its status line, headers and body."""
        async with asyncio.timeout(20):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            return head + await self.reader.readexactly(int(length.split(b":")[1]))

    async def rest(self) -> bytes:
        """What comes until the server closes, which resets the connection when bytes are left unread."""
        said = b""
        async with asyncio.timeout(20):
            with suppress(ConnectionResetError):
                while more := await self.reader.read(65536):
                    said += more
        return said

    async def drip(self, data: bytes) -> bytes:
        """Sends `data` over and over, a little at a time, until the server closes; what it said."""
        closed = asyncio.create_task(self.rest())
        while not closed.done():
            self.send(data)
            await asyncio.wait({closed}, timeout=0.02)
        return await closed


class Site:
    """A running server and an application whose `/slow` waits for `go` before it reads or answers."""

    def __init__(self) -> None:
        self.go, self.entered, self.disconnected = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.trailers: list[str] = []
        self.port = 0

    def app(self) -> Starlette:
        paths: dict[str, Callable[[Request], Awaitable[Response]]] = {
            "/": self._read,
            "/slow": self._slow,
            "/no": self._refuse,
        }
        return Starlette(routes=[Route(path, endpoint, methods=["GET", "POST"]) for path, endpoint in paths.items()])

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Wire]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        with closing(writer):
            yield Wire(reader, writer)

    async def outlast(self) -> None:
        """Returns when a deadline that began now has passed."""
        async with self.connect() as silent:
            await silent.rest()

    async def _read(self, request: Request) -> Response:
        try:
            body = await request.body()
        except ClientDisconnect:
            self.disconnected.set()
            raise
        self.trailers = [name for name in request.headers if name.startswith("x-trailer")]
        return PlainTextResponse(f"{len(body)} bytes")

    async def _slow(self, request: Request) -> Response:
        self.entered.set()
        await self.go.wait()
        return await self._read(request)

    async def _refuse(self, request: Request) -> Response:
        return PlainTextResponse("no", 413)
