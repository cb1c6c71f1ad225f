"""A transport for each test."""

from collections.abc import AsyncIterator

import pytest

from relay.transport.client import Transport


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    async with Transport() as opened:
        yield opened
