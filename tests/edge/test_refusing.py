"""Refused requests on their way to the ring: bounded by number and by bytes, and lost where Redis is away."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from relay.config.load import load
from relay.configuration import Config
from relay.errors import Refused, StoreUnavailable
from relay.refusing import PER_S, WAITING_BYTES, Item, Refusing
from relay.signature import Received
from relay.turned import Away, read_told


class Played:
    """A ring that keeps what it is given, and is away so many times first."""

    def __init__(self, away: int = 0) -> None:
        self.away, self.items = away, []
        self.added, self.missed = asyncio.Event(), asyncio.Event()

    async def add(self, items: Sequence[Item]) -> None:
        self.away -= 1
        if self.away >= 0:
            self.missed.set()
            raise StoreUnavailable("away")
        self.items += items
        self.added.set()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    file = tmp_path / "routes.yaml"
    file.write_text("version: 1\nsources: {s: {verify: token, secret: a-token}, t: {verify: token, secret: a-token}}\n")
    return load(file, {})


def away(config: Config, name: str = "s", body: bytes = b"{}", status: int = 401) -> Away:
    return Away(
        name=name,
        source=config.sources.get(name),
        received=Received(method="POST", url="", headers={}, query={}, body=body),
        headers={},
        method="POST",
        sender="192.0.2.7",
        error=Refused(status, "unauthorised", "no"),
        at_ms=1,
    )


async def written(refusing: Refusing, ring: Played) -> list[str]:
    """The sources of what came to the ring."""
    writing = asyncio.create_task(refusing.write())
    async with asyncio.timeout(30):
        await ring.added.wait()
    writing.cancel()
    return [read_told(item.told).source for item in ring.items]


async def test_a_flood_leaves_a_seconds_worth_and_keeps_no_other_source_out(config: Config) -> None:
    ring = Played()
    refusing = Refusing(ring, lambda: config)
    for _ in range(10 * PER_S):
        refusing.note(away(config))
        refusing.note(away(config, "a name of today"))
    refusing.note(away(config, "t"))
    sources = await written(refusing, ring)
    assert sources.count("t") == 1
    assert all(PER_S <= sources.count(name) <= 2 * PER_S for name in ("s", "a name of today"))


async def test_what_waits_is_bounded_in_bytes(config: Config) -> None:
    ring = Played()
    refusing = Refusing(ring, lambda: config)
    for _ in range(PER_S):
        refusing.note(away(config, body=b"x" * (WAITING_BYTES // 4)))
    assert await written(refusing, ring) == ["s"] * 4


async def test_what_is_refused_because_redis_is_away_isnt_kept(config: Config) -> None:
    ring = Played()
    refusing = Refusing(ring, lambda: config)
    refusing.note(away(config, status=503))
    refusing.note(away(config, "t"))
    assert await written(refusing, ring) == ["t"]


async def test_what_redis_doesnt_take_is_lost_and_the_next_is_written(config: Config) -> None:
    ring = Played(away=1)
    refusing = Refusing(ring, lambda: config)
    writing = asyncio.create_task(refusing.write())
    refusing.note(away(config))
    async with asyncio.timeout(30):
        await ring.missed.wait()
    writing.cancel()
    refusing.note(away(config, "t"))
    assert await written(refusing, ring) == ["t"]
