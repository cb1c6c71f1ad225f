"""`relay demo`: the real thing on a temporary folder, between played systems, told as it happens."""

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from relay.cli.options import Commands, port_number
from relay.cli.screen import Screen
from relay.demo.play import Stage, play, staged, stay
from relay.demo.played import HOST
from relay.demo.running import WORKERS
from relay.texts import _
from relay.web.listening import listen

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def add(commands: Commands) -> None:
    demo = commands.add_parser("demo", help=_("the real thing on a temporary folder, with a played ERP, OA and origin"))
    demo.add_argument("--stay", action="store_true", help=_("keep it running until Ctrl-C, to look around"))
    demo.add_argument(
        "--port", type=port_number, default="0", metavar="N", help=_("where its relay listens; a free one unless set")
    )
    demo.set_defaults(run=run_demo)


def run_demo(args: argparse.Namespace) -> int:
    """0 when everything ended as it should. Raises RelayError where that can't be told."""
    screen = Screen(colours=sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    with listen(HOST, int(args.port)) as tried:
        port = tried.getsockname()[1]
    return asyncio.run(_until_signal(_demo(port, screen, stays=args.stay)))


async def _demo(port: int, screen: Screen, *, stays: bool) -> int:
    began = time.monotonic()
    screen.note(_("relay up with the shipped routes.yaml: its own Redis, web, {workers} workers …", workers=WORKERS))
    async with staged(port, screen) as stage:
        screen.note(
            _(
                "ready after {ready_s} s: {url}; an ERP, an OA and an expense platform are played",
                ready_s=f"{stage.ready_s:.1f}",
                url=stage.url,
            )
        )
        found = await play(stage, screen)
        screen.account(found, stage.world.oa.notices, time.monotonic() - began)
        faults = [*stage.show.wrong, *found.faults()]
        screen.verdict(faults)
        if stays:
            screen.note(_invitation(stage))
            with suppress(asyncio.CancelledError):
                await stay(stage)
    return 1 if faults else 0


def _invitation(stage: Stage) -> str:
    return _(
        "\nIt stays at {url} until Ctrl-C, its files in {folder}. In another terminal:\n\n"
        "  export RELAY_URL={url} RELAY_API_TOKEN={token}\n  relay events",
        url=stage.url,
        folder=stage.folder,
        token=stage.token,
    )


async def _until_signal(step: Coroutine[Any, Any, int]) -> int:
    """The step's status; 1 when a signal ended it. What it opened is closed first, and only once."""
    task, loop = asyncio.ensure_future(step), asyncio.get_running_loop()

    def stop() -> None:
        for one in STOPS:
            loop.add_signal_handler(one, lambda: None)
        task.cancel()

    for one in STOPS:
        loop.add_signal_handler(one, stop)
    try:
        return await task
    except asyncio.CancelledError:
        print(_("error: interrupted; everything is stopped and removed"), file=sys.stderr)
        return 1
