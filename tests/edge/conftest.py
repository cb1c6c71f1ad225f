"""A real server of ours on loopback, with a short deadline."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from raw_http import Site

from relay.web.listening import listen
from relay.web.server import make_server

DEADLINE_S = 0.3


@asynccontextmanager
async def serving(connections: int) -> AsyncIterator[Site]:
    site, socket = Site(), listen("127.0.0.1", 0)
    site.port = socket.getsockname()[1]
    server = make_server(site.app(), deadline_s=DEADLINE_S, grace_s=1, connections=connections)
    running = asyncio.create_task(server.serve([socket]))
    yield site
    site.go.set()
    server.stop()
    await running


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving(connections=100) as site:
        yield site


@pytest.fixture
async def small_site() -> AsyncIterator[Site]:
    async with serving(connections=1) as site:
        yield site
