"""A proxy between Relay and Redis that passes a command on and drops its reply."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress


class Losing:
    """`loses(script)` is asked for each call of a script whose reply is to come. `lost` counts by script."""

    def __init__(self, server: str, names: Mapping[bytes, str]) -> None:
        self._server, self._names = server, names
        self.loses: Callable[[str], bool] = lambda _script: False
        self.lost: Counter[str] = Counter()
        self._talks: set[asyncio.Task[None]] = set()

    def lose_next(self, script: str) -> None:
        """The reply to the next call of this script."""
        self.loses = lambda called: called == script and not self.lost[script]

    async def serve(self, path: str) -> asyncio.Server:
        return await asyncio.start_unix_server(self._connected, path)

    async def end(self) -> None:
        for talk in list(self._talks):
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._talks.add(task := asyncio.current_task())
        with suppress(OSError, asyncio.CancelledError):
            above, below = await asyncio.open_unix_connection(self._server)
            try:
                await self._between(reader, writer, above, below)
            finally:
                below.close()
        writer.close()
        self._talks.discard(task)

    async def _between(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        above: asyncio.StreamReader,
        below: asyncio.StreamWriter,
    ) -> None:
        """Until either side ends, or a reply is to be dropped: then the connection breaks."""
        cut = asyncio.Event()

        async def asked() -> None:
            while data := await reader.read(1 << 16):
                if script := self._to_lose(data):
                    self.lost[script] += 1
                    cut.set()
                below.write(data)

        async def answered() -> None:
            while (data := await above.read(1 << 16)) and not cut.is_set():
                writer.write(data)

        both = [asyncio.create_task(asked()), asyncio.create_task(answered())]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in both:
                one.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    def _to_lose(self, data: bytes) -> str | None:
        """The script that is called here, if its reply is to be dropped."""
        called = next((name for digest, name in self._names.items() if digest in data), None)
        return called if called and self.loses(called) else None


@asynccontextmanager
async def losing(server: str, path: str, names: Mapping[bytes, str]) -> AsyncIterator[Losing]:
    """Listens on `path` before the Redis on `server`; both are sockets. `names`: script by its digest."""
    proxy = Losing(server, names)
    listener = await proxy.serve(path)
    try:
        yield proxy
    finally:
        listener.close()
        await proxy.end()
