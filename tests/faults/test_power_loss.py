"""The power fails: Redis is killed, and its file ends where it was last synced. With `always` nothing is lost."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from .power import Wanted, run
from .powered import WANTS, Disk, Fsync, Powered, build, powered


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        return build(tmp_path_factory.mktemp("syncs"))
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip(WANTS)


async def kept(machine: Powered) -> set[str]:
    """What is there of a key that was confirmed a moment before the power failed."""
    async with machine.client() as redis:
        await redis.set("said", "1")
    await machine.lose_power()
    machine.disk = replace(machine.disk, sync_ms=0)
    await machine.start()
    async with machine.client() as redis:
        return set(await redis.keys())


@pytest.mark.parametrize(("fsync", "left"), [("always", {"said"}), ("everysec", set())])
async def test_a_power_failure_takes_what_was_confirmed_before_it_was_synced(
    every_server: Path, library: Path, fsync: Fsync, left: set[str]
) -> None:
    """So that the tests below can fail: a sync that takes longer than the key lives isn't done in time."""
    async with powered(every_server, Disk(library, fsync, sync_ms=100 if fsync == "always" else 1500)) as machine:
        assert await kept(machine) == left


async def test_nothing_that_was_answered_is_missing_after_the_power_failed(default_server: Path, library: Path) -> None:
    """Neither events, nor that something was sent, nor that it ended; torn ends of the file come in too."""
    losses = await run(Wanted(seed=1, cuts=3, server=default_server, disk=Disk(library), workers=1), print)
    assert losses.taken > 0
    assert losses.none, losses
