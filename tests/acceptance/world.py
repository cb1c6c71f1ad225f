"""A world for each module of tests: a relay with the module's ROUTES, and the server that plays all its ERPs.

The tests of a module in shared/ share it, each with paths and keys of its own: one process runs them, on one loop.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import ModuleType

from played import Played, playing
from running import Relay, relay_up


@dataclass
class World:
    relay: Relay
    erp: Played


@asynccontextmanager
async def world_of(module: ModuleType) -> AsyncIterator[World]:
    """`ROUTES` is the module's routes.yaml, where ${ERP} is the server's address; `WORKERS`, `FILES`, `ENV` may be."""
    workers, files = getattr(module, "WORKERS", 1), getattr(module, "FILES", {})
    async with playing() as erp:
        env = {"ERP": erp.url, **getattr(module, "ENV", {})}
        async with relay_up(module.ROUTES, env, workers, files) as relay:
            yield World(relay, erp)
