"""Serves a played system on loopback until told to stop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from relay.emulators.stage.emulator import Emulator


@asynccontextmanager
async def serving(emulator: Emulator, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Yields its address, without a slash at the end; port 0 takes a free one. Raises OSError where it can't listen."""
    runner = web.AppRunner(emulator.application(), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
