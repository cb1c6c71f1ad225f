"""What `relay emulate` prints, pasted into a routes.yaml with a source, delivers an event to the system it plays."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import aiohttp
import pytest

from relay.destinations.example import EVENT
from relay.money import decode_json
from tests.faults.signing import signed
from tests.faults.up import Up, relay_up, until

WITHIN_S = 60
SOURCES = "version: 1\nsources: {expenses: {verify: standard-webhooks, secret: '${SECRET}', callback: none}}\n"


@asynccontextmanager
async def emulated(name: str) -> AsyncIterator[tuple[str, str]]:
    """Where its view is, and what it prints to paste."""
    command = [sys.executable, "-m", "relay", "emulate", name]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(WITHIN_S):
            first, *_ = await _to_empty_line(process.stdout)
            lines = await _to_empty_line(process.stdout)
        yield first.partition("its books at ")[2].partition(";")[0], "".join(lines)
    finally:
        process.kill()
        await process.communicate()


async def _to_empty_line(stream: asyncio.StreamReader) -> list[str]:
    lines = []
    while line := (await stream.readline()).decode().rstrip("\n"):
        lines.append(f"{line}\n")
    return lines


async def books(url: str) -> list[dict[str, Any]]:
    async with aiohttp.ClientSession() as client, client.get(url) as answer:
        return decode_json(await answer.read())


async def states(up: Up) -> list[str]:
    async with aclosing(up.redis()) as redis:
        return [await redis.hget(key, "state") for key in await redis.keys("d:dlv_*")]


@pytest.mark.parametrize("name", ["rest", "kingdee-k3cloud", "yonyou-nc"])
async def test_an_event_is_booked_by_what_is_pasted(name: str) -> None:
    async with emulated(name) as (url, pasted), relay_up(SOURCES + pasted, {}, 1) as up:
        status, said = await up.post("/in/expenses", EVENT.encode(), signed(EVENT.encode(), "msg_1"))
        assert status == 202, said

        async def delivered() -> bool:
            return await states(up) == ["delivered"]

        await until(delivered, WITHIN_S)
        (entry,) = await books(url)
    assert entry["amount"] == decode_json(EVENT.encode())["amount"]
