"""A played system on loopback, and one who speaks to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from speaking import Speaker, speaker

from relay.emulators import emulator
from relay.emulators.stage.emulator import Emulator
from relay.emulators.stage.serving import serving


@dataclass(frozen=True)
class Scene:
    played: Emulator
    speaks: Speaker
    url: str


@asynccontextmanager
async def staged(name: str) -> AsyncIterator[Scene]:
    played = emulator(name)
    played.knobs.late_s = played.knobs.slow_s = 0.05
    async with serving(played) as url, aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Scene(played, speaker(name)(http, url, played.shown()), url)
