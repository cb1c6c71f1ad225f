"""The played systems, each on loopback with one who speaks to it."""

from collections.abc import AsyncIterator

import pytest
from staged import Scene, staged

from relay.emulators import names


@pytest.fixture(params=names())
async def scene(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    """Each of them in turn, logged in."""
    async with staged(request.param) as each:
        await each.speaks.log_in()
        yield each


@pytest.fixture(params=names())
async def fresh(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    """Each of them in turn, before any login."""
    async with staged(request.param) as each:
        yield each


@pytest.fixture
async def named(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    """The one that the test's module calls SYSTEM, logged in."""
    async with staged(request.module.SYSTEM) as each:
        await each.speaks.log_in()
        yield each
