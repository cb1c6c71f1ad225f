"""Redis does what it is asked, and the reply is lost: nothing is lost, made twice, sent twice or in doubt."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from random import Random

import pytest

from .asking import ask, lanes
from .moment import Standing, everything
from .proxied import WITHIN_S, World, proxied
from .routes import LANES, TEXT
from .up import until

pytestmark = pytest.mark.long

CALLED = ("accept", "claim", "begin", "settle", "extend", "sweep", "tide")
RESEND, _, HOLD = LANES
PACED = TEXT.replace("ambiguous: resend}", "ambiguous: resend, rate: 2/s}")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with proxied() as world:
        yield world


async def test_a_lost_reply_of_any_script_loses_nothing_doubles_nothing_and_leaves_no_doubt(world: World) -> None:
    """Each in turn, under way on all lanes."""
    for erp in world.erps.values():
        erp.takes_s = (1.8,)
    for number, script in enumerate(CALLED):
        world.proxy.lose_next(script)
        async with asyncio.timeout(WITHIN_S):
            for lane in LANES:
                body = {"to": lane, "report": f"B{number}", "number": f"B{number}/{script}"}
                await world.sender.send(f"msg-{lane}-{script}", body)
            await world.lost(script)
    world.books_are_right(await world.all_delivered())
    assert await stopped(world) == {}


async def test_replies_lost_at_random_lose_nothing_double_nothing_and_leave_no_doubt(world: World) -> None:
    chance = Random(2)
    world.proxy.loses = lambda _script: chance.random() < 0.03
    async with asyncio.timeout(WITHIN_S):
        while sum(world.proxy.lost.values()) < 6:
            await world.sender.send_for(5, 15)
    world.proxy.loses = lambda _script: False
    world.books_are_right(await world.all_delivered())


async def stopped(world: World) -> dict[str, str]:
    """Which lanes are paused, and why."""
    return {lane["destination"]: lane["stopped"] for lane in await lanes(world.up) if lane["paused"]}


async def test_a_lost_reply_to_a_person_leaves_the_lane_as_asked_and_decides_once(world: World) -> None:
    """Who pauses asks until it is answered. A decision is answered at the first asking, and is recorded once."""
    await asks_until_answered(world, "pause", f"/api/lanes/{HOLD}/pause")
    assert list(await stopped(world)) == [HOLD]
    world.proxy.lost.clear()
    await asks_until_answered(world, "pause", f"/api/lanes/{HOLD}/resume")
    assert await stopped(world) == {}
    for decision, body in {"replay": {}, "release": {"as": "retry", "note": "seen"}}.items():
        delivery = await refused(world, decision)
        world.proxy.lose_next(decision)
        status, said = await ask(world.up, "POST", f"/api/deliveries/{delivery.id}/{decision}", body)
        assert (status, world.proxy.lost[decision]) == (200, 1)
        await dead(world, delivery.event, 2)
        world.erps[HOLD].asked.clear()
        _, said = await ask(world.up, "GET", f"/api/events/{delivery.event}")
        (shown,) = said["deliveries"]
        assert (len(shown["attempts"]), len(shown["decisions"])) == (2, 1)


async def asks_until_answered(world: World, script: str, path: str) -> None:
    world.proxy.lose_next(script)

    async def answered() -> bool:
        return (await ask(world.up, "POST", path))[0] == 200

    await until(answered, WITHIN_S)
    assert world.proxy.lost[script] == 1


async def refused(world: World, name: str) -> Standing:
    """A delivery that the ERP refused."""
    await world.sender.send(f"msg-{name}", {"to": HOLD, "report": name, "number": name, "refuse": True})
    return await dead(world, world.sender.taken[f"msg-{name}"].event, 1)


async def dead(world: World, event: str, asked: int) -> Standing:
    """The delivery of an event, once it is dead after so many requests."""

    async def died() -> Standing | None:
        found = [one for one in (await everything(world.redis)).values() if one.event == event and not one.callback]
        return found[0] if found[0].state == "dead" and len(world.erps[HOLD].asked) == asked else None

    return await until(died, WITHIN_S)


async def test_a_lost_reply_to_what_a_worker_gives_back_or_drops_leaves_the_others_as_they_are() -> None:
    """It gives back what waits for its start when it is stopped, and drops what it can't read."""
    async with proxied(PACED) as world:
        await gives_back(world)
        world.books_are_right(await world.all_delivered())
        await drops(world)


async def gives_back(world: World) -> None:
    """Its starts are half a second apart, and handed out a second ahead."""
    world.proxy.lose_next("give_back")
    for number in range(6):
        await world.sender.send(f"msg-{number}", {"to": RESEND, "report": f"B{number}", "number": f"B{number}"})

    async def waits() -> bool:
        return await world.redis.zcard(f"l:{RESEND}:fly") > 1

    await until(waits, WITHIN_S)
    for worker in world.up.children("worker"):
        os.kill(worker, signal.SIGTERM)
    await world.lost("give_back")


async def drops(world: World) -> None:
    await ask(world.up, "POST", f"/api/lanes/{HOLD}/pause")
    for name in ("spoilt", "whole"):
        await world.sender.send(f"msg-{name}", {"to": HOLD, "report": name, "number": name})
    await world.redis.set(f"e:{world.sender.taken['msg-spoilt'].event}", "spoilt")
    world.proxy.lose_next("drop")
    await ask(world.up, "POST", f"/api/lanes/{HOLD}/resume")

    async def asked() -> bool:
        return bool(world.erps[HOLD].asked)

    await until(asked, WITHIN_S)
    assert world.proxy.lost["drop"] == 1
    assert [one.number for one in world.erps[HOLD].asked] == ["whole"]
    assert len(await world.redis.zrange("poison", 0, -1)) == 1
    assert await world.redis.zcard(f"l:{HOLD}:fly") <= 1
