"""The world of test_a_day.py: a relay with the routes of a_day.yaml, what it posts to, Anna at the command line."""

import asyncio
import re
import signal
import socket
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from office import PASSWORD, STATUS_SECRET, Erp, Platform, expense
from running import Relay, folder_of, until

from relay.emulators import emulator
from relay.emulators.stage.emulator import Emulator
from relay.emulators.stage.serving import serving

ANNA = "token-of-anna"
NEXT_SECRET = "whsec_" + b64encode(b"by this the platform signs later").decode()
ROUTES = (Path(__file__).parent / "a_day.yaml").read_text(encoding="utf-8")


@dataclass
class Day:
    """`amounts`: what was sent, by document."""

    relay: Relay
    erp: Erp
    platform: Platform
    robot: Emulator
    listener: socket.socket
    amounts: dict[str, Decimal] = field(default_factory=dict)

    async def types(self, *words: str) -> str:
        """What Anna reads when she has typed `relay WORDS…`."""
        ran = await self.relay.run(*words, env={"RELAY_API_TOKEN": ANNA})
        assert (ran.code, ran.err) == (0, ""), f"{words}: {ran}"
        return ran.out

    async def comes(self, number: str, fee: str, *amounts: str) -> None:
        """An expense is approved, and then paid."""
        self.amounts[number] = sum(map(Decimal, amounts), Decimal())
        for step in ("approved", "paid"):
            await self.relay.accepted("expenses", expense(number, step, fee, *amounts), f"msg_{number}_{step}")

    async def booked(self, *numbers: str) -> None:
        """Once both steps of each are."""
        steps = {(number, step) for number in numbers for step in ("accrual", "payment")}

        async def all_there() -> bool:
            return steps <= {(one.reference, one.step) for one in self.erp.ledger}

        await until(all_there)

    async def told(self, alert: str, words: str = "") -> None:
        """Once the robot has said it to the group."""

        async def said() -> bool:
            return any(re.search(f"{alert}: .*{words}", entry.key) for entry in self.robot.books.entries)

        await until(said)

    async def kept(self, count: int) -> None:
        """Once that many refused requests can be looked at: they are written each second."""

        async def so() -> bool:
            return len((await self.relay.get("/api/refused"))["refused"]) == count

        await until(so)

    async def stands(self, **counts: Any) -> None:
        """Once the ERP's lane does, such as dead=3."""

        async def so() -> bool:
            lane = await self.relay.lane("erp")
            return all(lane[name] == count for name, count in counts.items())

        await until(so)

    async def changes(self, routes: str) -> None:
        """routes.yaml is saved; web and worker have said that it is in force."""
        said = self.relay.log.count("config.loaded")
        self.relay.write(routes)

        async def in_force() -> bool:
            return self.relay.log.count("config.loaded") == said + 2

        await until(in_force)

    async def deliveries(self, query: str) -> list[Any]:
        """Of the accruals, the latest first."""
        return (await self.relay.get(f"/api/deliveries?route=approved-to-accrual&{query}"))["deliveries"]


@asynccontextmanager
async def a_day() -> AsyncIterator[Day]:
    erp, platform, robot = Erp(), Platform(), emulator("dingtalk-robot")
    async with AsyncExitStack() as stack:
        for played in (erp, platform):
            await played.up()
            stack.push_async_callback(played.end)
        env = {
            "ERP_URL": erp.url,
            "ERP_PASSWORD": PASSWORD,
            "PLATFORM_URL": platform.url,
            "STATUS_SECRET": STATUS_SECRET,
            "ROBOT_URL": await stack.enter_async_context(serving(robot)),
            "ROBOT_TOKEN": "dingtalk-robot",
            "ROBOT_SECRET": "SEC-dingtalk-robot",
            "NEXT_SECRET": NEXT_SECRET,
            "RELAY_API_TOKENS": f"anna:{ANNA}",
        }
        relay = await stack.enter_async_context(folder_of(ROUTES, env))
        listener = stack.enter_context(socket.create_server(("127.0.0.1", relay.port), backlog=2048))
        await relay.start(listener)
        yield Day(relay, erp, platform, robot, listener)


@asynccontextmanager
async def followed(day: Day) -> AsyncIterator[None]:
    """Somebody has `relay tail` open until Ctrl-C, and sees what comes and what becomes of it."""
    shown = day.relay.folder / "tail"
    with shown.open("wb") as out:
        tail = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "relay", "tail", "--since", "1h"),
            cwd=day.relay.folder,
            env={**day.relay.env, "RELAY_URL": day.relay.url},
            stdout=out,
        )
    try:
        yield
        await until(lambda: _reads(shown, "B-32 .* erp .*delivered by anna: 手工入账"))
        tail.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(tail.wait(), 20) == 0
    finally:
        if tail.returncode is None:
            tail.kill()
            await tail.wait()
    for words in (
        r"msg_B-01_approved +in .* expense\.approved: 1 delivery",
        r"B-01 +erp .*delivered .* as V-2026-0001",
        r"msg_B-01_paid +expenses-stat… +attempt 1 +delivered",
        r"B-21 +erp .*科目 6601\.50 不存在",
        r"B-21 +erp +replay by anna: 科目映射已修正",
        r"B-21 +erp +attempt 2 +delivered",
        r"B-31 .* erp .*2026 年 3 月已结账",
    ):
        assert await _reads(shown, words), words


async def _reads(shown: Any, words: str) -> bool:
    return bool(re.search(words, shown.read_text()))
