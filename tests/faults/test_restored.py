"""Redis comes back with an hour-old state: people see it, nothing is sent meanwhile, and what was open is in doubt."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from redis.asyncio import Redis

from .asking import ask, command, lanes
from .erp import Erp
from .moment import Standing, everything
from .origin import Origin
from .outside import Outside, redis_outside
from .routes import LANES, ORIGIN, TEXT, variables
from .run import servers
from .sender import Sender
from .up import Up, relay_up, until

pytestmark = pytest.mark.long

HOUR_MS, WITHIN_S = 3_600_000, 40
RESEND, LOOKUP, HOLD = LANES


@dataclass
class World:
    up: Up
    outside: Outside
    sender: Sender
    erps: dict[str, Erp]
    origin: Origin
    redis: Redis

    async def sends(self, name: str) -> None:
        """An event on each lane."""
        for lane in LANES:
            await self.sender.send(f"msg-{name}-{lane}", {"to": lane, "report": name, "number": f"{name}/{lane}"})

    async def found(self, name: str) -> dict[str, Standing]:
        """The deliveries of one name, by lane."""
        mine = {self.sender.taken[f"msg-{name}-{lane}"].event for lane in LANES}
        every = (await everything(self.redis)).values()
        return {one.lane: one for one in every if not one.callback and one.event in mine}

    async def comes_to(self, name: str, *states: str) -> dict[str, Standing]:
        """The deliveries, once those of LANES have these states, in order."""

        async def come() -> dict[str, Standing] | None:
            found = await self.found(name)
            return found if [found[lane].state for lane in LANES] == list(states) else None

        return await until(come, WITHIN_S)

    def booked(self) -> dict[str, list[str]]:
        return {lane: [voucher.number for voucher in erp.ledger] for lane, erp in self.erps.items()}

    async def are_told(self) -> None:
        """Of every delivery there is, once."""

        async def told() -> bool:
            ids = {one.id for one in (await everything(self.redis)).values() if not one.callback}
            return ids <= set(self.origin.final()) and all(len(told) == 1 for told in self.origin.final().values())

        await until(told, WITHIN_S)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with redis_outside() as outside, servers(1) as (erps, origin):
        addresses = {name: server.url for name, server in {**erps, ORIGIN: origin}.items()}
        env = {**variables(addresses), "RELAY_REDIS_URL": f"unix://{outside.socket}"}
        async with relay_up(TEXT, env) as up, outside.client() as redis:
            yield World(up, outside, Sender(up.post, Random(1), odd=False), erps, origin, redis)


async def copied(world: World, folder: Path) -> Path:
    """A copy of Redis's files as if it had been made an hour ago."""
    shutil.copytree(world.outside.folder, folder, ignore=shutil.ignore_patterns("*.sock"))
    add(folder, "SET", "tide", str(int(await world.redis.get("tide")) - HOUR_MS))
    return folder


def add(folder: Path, *words: str) -> None:
    """A command, to the append-only file (of Redis 7 and newer: to its last part)."""
    *_, last = sorted(folder.rglob("*.aof"), key=lambda part: part.name.endswith("incr.aof"))
    with last.open("a") as file:
        file.write(f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words))


async def told_in_the_log(world: World) -> bool:
    return "Redis came back with an older state: every lane is paused" in (world.up.folder / "log").read_text()


async def put_back(world: World, copy: Path) -> None:
    await world.outside.kill()
    shutil.copytree(copy, world.outside.folder, dirs_exist_ok=True)
    await world.outside.start()


@pytest.mark.parametrize("anew", [False, True], ids=["under a running relay", "while relay was stopped"])
async def test_what_was_open_in_an_older_state_goes_the_way_of_doubt_after_a_person_resumed(
    world: World, tmp_path: Path, anew: bool
) -> None:
    """Its lanes are paused and say why; then it is sent again under its key, found by lookup, or held."""
    await world.sends("ended")
    await world.comes_to("ended", *["delivered"] * 3)
    for erp in world.erps.values():
        await erp.close()
    await world.sends("open")
    await world.comes_to("open", *["waiting"] * 3)
    copy = await copied(world, tmp_path / "copy")
    for erp in world.erps.values():
        await erp.open()
    await world.comes_to("open", *["delivered"] * 3)
    booked = world.booked()

    if anew:
        await world.up.stop()
    await put_back(world, copy)
    if anew:
        await world.up.start()
    await until(lambda: all_restored(world), WITHIN_S)
    await until(lambda: told_in_the_log(world), WITHIN_S)
    listed = await command(world.up, "events", "--state", "pending")
    assert all(one.event in listed for one in (await world.found("open")).values())
    assert world.booked() == booked

    for lane in (*LANES, ORIGIN):
        await until(lambda lane=lane: resumed(world, lane), WITHIN_S)
    found = await world.comes_to("open", "delivered", "delivered", "held")
    assert world.booked() == booked
    assert [found[lane].document for lane in (RESEND, LOOKUP)] == [
        world.erps[lane].ledger[1].name for lane in LANES[:2]
    ]
    assert [len(world.erps[lane].asked) for lane in LANES] == [3, 2, 2]
    assert "what Redis knew last, is lost" in await command(world.up, "show", found[HOLD].event)

    decided = ("--as", "delivered", "--document", world.erps[HOLD].ledger[1].name, "--note", "seen there")
    await command(world.up, "release", found[HOLD].id, *decided)
    await world.sends("new")
    await world.comes_to("new", *["delivered"] * 3)
    await world.comes_to("open", *["delivered"] * 3)
    await world.are_told()


async def all_restored(world: World) -> bool:
    return all((lane["stopped"] or "").startswith("restored: ") for lane in await lanes(world.up))


async def resumed(world: World, lane: str) -> bool:
    status, _ = await ask(world.up, "POST", f"/api/lanes/{lane}/resume")
    return status == 200
