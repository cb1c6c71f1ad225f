"""What a person asks of a running relay: over its API, and by its commands."""

import asyncio
import os
import sys
from typing import Any

import aiohttp

from .up import TOKEN, Up, until

WITHIN_S = 40


async def ask(up: Up, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Status and JSON."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with aiohttp.request(method, up.url + path, json=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def lanes(up: Up) -> list[Any]:
    """Each lane at a glance, once Redis has answered in time."""

    async def answered() -> list[Any] | None:
        status, said = await ask(up, "GET", "/api/lanes")
        return said["lanes"] if status == 200 else None

    return await until(answered, WITHIN_S)


async def command(up: Up, *words: str) -> str:
    """What `relay …` prints, once it ends well: on a busy machine it may be told to come again."""
    env = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    env |= {"HOME": str(up.folder), "RELAY_URL": up.url, "RELAY_API_TOKEN": TOKEN}

    async def printed() -> str | None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "relay", *words, cwd=up.folder, env=env, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await process.communicate()
        return None if process.returncode else out.decode()

    return await until(printed, WITHIN_S)
