"""What a person asks of a running relay: over its API, and by its commands."""

import asyncio
import os
import sys
from typing import Any

import aiohttp

from .up import TOKEN, Up


async def ask(up: Up, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Status and JSON."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with aiohttp.request(method, up.url + path, json=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def command(up: Up, *words: str) -> str:
    """What `relay …` prints."""
    env = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    env |= {"HOME": str(up.folder), "RELAY_URL": up.url, "RELAY_API_TOKEN": TOKEN}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "relay", *words, cwd=up.folder, env=env, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return out.decode()
