"""The commands of docs/operations.md that ask a running relay, run at one: each does what it should and ends well."""

import asyncio
import os
import shlex
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from documents import ROOT, Block, commands
from played import booked, playing
from running import Relay, relay_up

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("runbook")]

ROUTES = """
version: 1
sources: {expenses: {verify: standard-webhooks, secret: "${SECRET}"}}
destinations:
  erp:
    url: ${ERP}/erp
    result: [{when: "body.code == '0'", outcome: held, reason: 期间已结账}]
routes: [{name: booked, from: expenses, to: erp, once: "{{ body.number }}"}]
"""
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
ASKS = {
    "check",
    "events",
    "show",
    "replay",
    "release",
    "dead",
    "held",
    "status",
    "pause",
    "resume",
    "refused",
    "readmit",
}


def asked(block: Block, line: str) -> bool:
    """Whether it asks a relay that runs, or its Redis, and ends by itself."""
    first, second = shlex.split(line)[:2]
    mine = first in ("curl", "redis-cli", "tar") or (first == "relay" and second in ASKS)
    return mine and block.note != "live" and block.document == ROOT / "docs" / "operations.md"


COMMANDS = {line: (block, line) for block, line in commands() if asked(block, line)}.values()  # each once


@dataclass
class Site:
    """A relay whose folder is as the document has it. `held`: events whose delivery is held, with its id."""

    relay: Relay
    held: list[tuple[str, str]]

    async def shell(self, line: str) -> tuple[int | None, str]:
        """Its exit status, and all that it printed."""
        process = await asyncio.create_subprocess_shell(
            line,
            cwd=self.relay.folder,
            env={**self.relay.env, "PATH": PATH, "RELAY_URL": self.relay.url},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(20):
            out, _ = await process.communicate()
        return process.returncode, out.decode()

    async def filled_in(self, line: str) -> str:
        """The line about a delivery that is held; one that is sent again is delivered before."""
        event, delivery = self.held.pop()
        if "--again" in line:
            decided = {"as": "delivered", "document": "V-1", "note": "seen"}
            assert (await self.relay.ask("POST", f"/api/deliveries/{delivery}/release", decided)).status == 200
        line = line.replace("http://127.0.0.1:8080", self.relay.url)
        return line.replace("EVENT", event).replace("DELIVERY", delivery).replace("ROUTE", "booked")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[Site]:
    async with playing() as erp, relay_up(ROUTES, {"ERP": erp.url}) as relay:
        erp.answers["/erp"] = lambda _got: booked("V")
        (relay.folder / "relay-data").symlink_to(relay.data)
        events = [await relay.accepted("expenses", {"number": f"B{n}"}) for n in range(len(COMMANDS))]
        yield Site(relay, [(event, (await relay.delivery_in(event, "held"))["id"]) for event in events])


async def test_there_are_commands_to_run() -> None:
    assert len(COMMANDS) > 15


@pytest.mark.parametrize(("block", "line"), COMMANDS, ids=str)
async def test_a_command_of_the_runbook_ends_well(block: Block, line: str, site: Site) -> None:
    if shutil.which(shlex.split(line)[0], path=PATH) is None:
        pytest.skip("the tool isn't on this machine")
    code, out = await site.shell(await site.filled_in(line))
    assert code == 0, f"{block}: {line}\n{out}"
