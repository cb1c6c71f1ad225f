"""The fixture `world`; see world.py."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from world import World, world_of


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    async with world_of(request.module) as world:
        yield world
