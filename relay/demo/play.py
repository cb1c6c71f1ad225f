"""The whole demo: the played systems, Relay on a folder of its own, the story, and the account of it."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Protocol

import msgspec

from relay.config import load
from relay.demo.played import HOST
from relay.demo.running import Running, furnish, running
from relay.demo.show import Line, Show
from relay.demo.story import SCENES
from relay.demo.talk import Talk
from relay.demo.tally import Tally, tally
from relay.demo.world import World, world
from relay.errors import RelayError

READY_S, POLL_S = 20, 0.03


class Screen(Protocol):
    """Where the demo is told."""

    def scene(self, title: str) -> None: ...
    def line(self, line: Line) -> None: ...


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of one demo. `url` and `token`: where Relay listens, and what opens its API."""

    url: str
    token: str
    folder: Path
    ready_s: float
    world: World
    relay: Running
    show: Show


@asynccontextmanager
async def staged(port: int, screen: Screen) -> AsyncIterator[Stage]:
    """All of it, running; stopped and removed when the block is left. Raises RelayError where Relay doesn't start."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="relay-demo-")))
        played = await stack.enter_async_context(world())
        path = furnish(folder, played.variables)
        config = load(path, played.variables)
        played.origin.expect(config.destinations["expenses-status"].sign)
        began, url, token = time.monotonic(), f"http://{HOST}:{port}", played.variables["RELAY_API_TOKEN"]
        relay = await stack.enter_async_context(running(path, port, played.variables))
        talk = await stack.enter_async_context(Talk(url, token))
        await _ready(relay, talk)
        show = Show(config, relay, talk, played.origin, screen.line)
        ready_s = time.monotonic() - began
        yield Stage(url=url, token=token, folder=folder, ready_s=ready_s, world=played, relay=relay, show=show)


async def play(stage: Stage, screen: Screen) -> Tally:
    """The story, and the account of it. Raises RelayError where something never happens."""
    show, erp = stage.show, stage.world.erp
    for scene in SCENES:
        screen.scene(scene.__doc__ or "")
        try:
            await scene(show, erp)
        except RelayError:
            await stage.relay.explain()
            raise
    events = [await show.talk.event(each.event) for each in show.sent if each.event]
    return tally(show.sent, events, erp.ledger, stage.world.origin.heard)


async def stay(stage: Stage) -> None:
    """Returns never; raises RelayError when Relay ends."""
    while True:
        stage.relay.check()
        await asyncio.sleep(1)


async def _ready(relay: Running, talk: Talk) -> None:
    gives_up = time.monotonic() + READY_S
    while not await talk.ready():
        relay.check()
        if time.monotonic() > gives_up:
            raise RelayError(f"relay isn't ready after {READY_S} s", relay.last_words())
        await asyncio.sleep(POLL_S)
