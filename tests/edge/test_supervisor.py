"""The supervisor, as a real process over real processes."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("supervised.py")


class Run:
    """A running supervisor; every line that it or a child says is kept in `lines`."""

    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process
        self.lines: list[str] = []

    def hear(self, start: str) -> str:
        """Waits for a line that begins so, and gives the last word of it."""
        for line in self.process.stdout:
            self.lines.append(line.strip())
            if line.startswith(start):
                return line.split()[-1]
        raise AssertionError(f"no {start!r} in {self.lines}")

    def hear_all(self, *starts: str) -> dict[str, int]:
        """Waits for one line of each, in any order; the process ids that they end with."""
        pids: dict[str, int] = {}
        while len(pids) < len(starts):
            last = self.hear("")
            pids |= {start: int(last) for start in starts if self.lines[-1].startswith(start)}
        return pids

    def rest(self) -> list[str]:
        """What is said until all have ended."""
        return [line.strip() for line in self.process.stdout]


@contextmanager
def supervising(*stages: str) -> Iterator[Run]:
    command = [sys.executable, str(PROGRAM), *stages]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield Run(process)
    finally:
        process.kill()
        process.communicate()


def gone(pid: int, within_s: float = 20) -> bool:
    """Waits until the process has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], within_s)[0])
    finally:
        os.close(handle)


def test_stages_start_when_the_one_before_is_ready_and_stop_in_reverse() -> None:
    with supervising("ready-store", "worker-1,worker-2", "web") as run:
        run.hear("ready-store is ready")
        assert not any(line.startswith("w") for line in run.lines)
        run.hear_all("worker-1 runs", "worker-2 runs", "web runs")
        run.process.send_signal(signal.SIGTERM)
        ended = [line.split()[0] for line in run.rest()]
        assert run.process.wait() == 0
    assert ended[0] == "web"
    assert sorted(ended[1:3]) == ["worker-1", "worker-2"]
    assert ended[3:] == ["ready-store", "clean"]


@pytest.mark.parametrize("name", ["store", "worker", "web"])
def test_what_is_killed_is_started_again(name: str) -> None:
    with supervising("store", "worker,web") as run:
        pids = run.hear_all("store runs", "worker runs", "web runs")
        for _ in range(2):
            os.kill(pids[f"{name} runs"], signal.SIGKILL)
            run.hear(f"log: {name} ended by SIGKILL")
            pids |= run.hear_all(f"{name} runs")


@pytest.mark.parametrize(("name", "pauses"), [("loops", ["0.1", "0.2", "0.4"]), ("steady", ["0.1", "0.1", "0.1"])])
def test_one_that_had_lived_a_while_is_back_at_once_and_one_that_dies_again_and_again_waits_longer(
    name: str, pauses: list[str]
) -> None:
    with supervising(name) as run:
        for pause in pauses:
            os.kill(int(run.hear(f"{name} runs")), signal.SIGKILL)
            run.hear(f"log: {name} ended by SIGKILL")
            assert run.lines[-1].endswith(f"starts again in {pause} s")


def test_a_program_that_is_missing_is_said_and_tried_again() -> None:
    with supervising("missing,web") as run:
        run.hear("log: missing couldn't be started (No such file or directory)")
        run.hear("log: missing couldn't be started (No such file or directory)")


def test_what_never_gets_ready_ends_the_start_with_an_error() -> None:
    with supervising("store", "failing", "web") as run:
        said = run.rest()
        assert run.process.wait() == 1
    assert said[-1].startswith("error: failing doesn't start, ")
    assert any(line.startswith("store ends") for line in said)
    assert not any(line.startswith("web") for line in said)


def test_a_child_that_ignores_sigterm_is_killed_after_its_time() -> None:
    with supervising("stubborn") as run:
        run.hear("stubborn runs")
        run.process.send_signal(signal.SIGINT)
        run.hear("log: stubborn didn't stop within 0.2 s and is killed")
        assert run.rest() == ["clean"]
        assert run.process.wait() == 0


def test_a_second_signal_stops_at_once() -> None:
    with supervising("store", "stubborn-for-long") as run:
        run.hear_all("store runs", "stubborn-for-long runs")
        run.process.send_signal(signal.SIGTERM)
        run.hear("stubborn-for-long ends")
        run.process.send_signal(signal.SIGTERM)
        assert run.rest() == ["clean"]
        assert run.process.wait() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells the children on Linux alone")
def test_children_go_when_the_supervisor_is_killed() -> None:
    with supervising("store", "worker,web") as run:
        pids = run.hear_all("store runs", "worker runs", "web runs")
        run.process.kill()
        assert all(gone(pid) for pid in pids.values())
