"""Small servers on loopback that hang, reset and lie on cue, with real sockets.

    async with serving(answering(200, b"{}")) as server:
        ...  server.url, server.got

A play is `async def play(exchange)`; it is run once for each connection, which is closed when it returns.
"""

import asyncio
import socket
import ssl
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Got:
    """One request as it came: header names in lower case, the target as written in the request line."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """`url` without a slash at the end; `got` grows; `connections` counts those accepted."""

    port: int
    scheme: str = "http"
    got: list[Got] = field(default_factory=list)
    connections: int = 0
    written: int = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


@dataclass
class Exchange:
    """One connection of a client."""

    server: Server
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def read(self) -> Got:
        """The next request, noted in `server.got`. Raises IncompleteReadError when the client has gone."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("utf-8", "surrogateescape")
        line, *fields = head.rstrip("\r\n").split("\r\n")
        method, target, _ = line.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (text.partition(":") for text in fields)}
        body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        self.server.got.append(Got(method, target, headers, body))
        return self.server.got[-1]

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()
        self.server.written += len(data)

    def reset(self) -> None:
        """Ends the connection by RST instead of FIN."""
        linger = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()


Play = Callable[[Exchange], Awaitable[None]]


@asynccontextmanager
async def serving(play: Play, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """A server on a free port; its connections are cut when the block is left."""
    running: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running.add(task := asyncio.current_task())
        server.connections += 1
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await play(Exchange(server, reader, writer))
        finally:
            running.discard(task)
            writer.close()

    listener = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls, backlog=1024)
    server = Server(listener.sockets[0].getsockname()[1], "https" if tls else "http")
    try:
        yield server
    finally:
        listener.close()
        for task in list(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


@contextmanager
def nobody() -> Iterator[str]:
    """The address of a port that refuses connections and is given to nobody else meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """A whole answer as bytes; `Content_Type="…"` becomes a Content-Type header."""
    lines = {"Content-Length": str(len(body))} | {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + body


def answering(status: int, body: bytes = b"", **headers: str) -> Play:
    """Answers every request of a connection in the same way, and keeps the connection."""
    return saying(answer(status, body, **headers))


def saying(data: bytes) -> Play:
    """Says the same bytes to every request, and keeps the connection."""

    async def play(exchange: Exchange) -> None:
        while True:
            await exchange.read()
            await exchange.write(data)

    return play


def once(data: bytes) -> Play:
    """Reads one request, says these bytes and closes: without a word on it in the headers."""

    async def play(exchange: Exchange) -> None:
        await exchange.read()
        await exchange.write(data)

    return play


def cut_body(promised: int = 100) -> Play:
    """Promises more bytes than it sends."""
    return once(answer(200, b'{"code": "0"', Content_Length=str(promised)))


def bomb(mebibytes: int) -> Play:
    """A small gzip answer that unpacks to so much, which isn't held in memory here: the tests look at the peak."""
    packer, zeros = zlib.compressobj(level=1, wbits=31), bytes(1 << 20)
    packed = b"".join([*(packer.compress(zeros) for _ in range(mebibytes)), packer.flush()])
    return once(answer(200, packed, Content_Encoding="gzip"))


async def hang(exchange: Exchange) -> None:
    """Reads everything and never answers."""
    while await exchange.reader.read(1 << 16):
        pass


async def deaf(exchange: Exchange) -> None:
    """Accepts and neither reads nor answers."""
    await asyncio.get_running_loop().create_future()


async def reset_at_once(exchange: Exchange) -> None:
    """Resets before it has read the request."""
    await exchange.reader.readexactly(1)
    exchange.reset()


async def close_at_once(exchange: Exchange) -> None:
    """Closes when it has read the first bytes."""
    await exchange.reader.read(1 << 16)


async def reset_after_reading(exchange: Exchange) -> None:
    await exchange.read()
    exchange.reset()


async def close_after_reading(exchange: Exchange) -> None:
    await exchange.read()


async def reset_in_answer(exchange: Exchange) -> None:
    await exchange.read()
    await exchange.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    exchange.reset()


async def endless(exchange: Exchange) -> None:
    """A body without end, as fast as the client takes it."""
    await exchange.read()
    await exchange.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await exchange.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")


def drip(every_s: float) -> Play:
    """A byte of its answer now and then."""

    async def play(exchange: Exchange) -> None:
        await exchange.read()
        for byte in answer(200, b"x" * 1000):
            await exchange.write(bytes([byte]))
            await asyncio.sleep(every_s)

    return play


async def flood_interim(exchange: Exchange) -> None:
    """Answers 100 Continue for ever."""
    await exchange.read()
    while True:
        await exchange.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


async def flood_headers(exchange: Exchange) -> None:
    """Answers with headers for ever."""
    await exchange.read()
    await exchange.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        await exchange.write(b"X-Filler: filler\r\n" * 1000)
