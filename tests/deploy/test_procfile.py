"""The Procfile runs under honcho: web and a worker on a Redis that they are told, stopped with it."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from played import playing
from running import WITHIN_S, Relay, folder_of, until

PROCFILE = Path(__file__).parents[2] / "Procfile"
ROUTES = """
version: 1
sources: {expenses: {verify: standard-webhooks, secret: "${SECRET}"}}
destinations: {erp: {url: "${ERP}/erp"}}
routes: [{name: all, from: expenses, to: erp}]
"""


@asynccontextmanager
async def honcho(relay: Relay) -> AsyncIterator[None]:
    """`honcho start` in the relay's folder beside the block. It ends with its children; after 5 s it kills them."""
    shutil.copy(PROCFILE, relay.folder)
    path = f"{Path(sys.executable).parent}{os.pathsep}{relay.env['PATH']}"
    with (relay.folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "honcho", "start"),
            cwd=relay.folder,
            env={**relay.env, "PATH": path, "RELAY_PORT": str(relay.port)},
            stdout=log,
            stderr=log,
        )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), WITHIN_S)


@pytest.mark.usefixtures("redis")
async def test_the_procfile_runs_under_honcho_and_stops_with_it(redis_url: str) -> None:
    async with playing() as erp, folder_of(ROUTES, {"ERP": erp.url, "RELAY_REDIS_URL": redis_url}) as relay:
        async with honcho(relay):
            await until(relay.is_ready)
            await relay.event_in(await relay.accepted("expenses", {"n": 1}), "delivered")
        assert all(f"{name} stopped" in relay.log for name in ("web.1", "worker.1")), relay.log
