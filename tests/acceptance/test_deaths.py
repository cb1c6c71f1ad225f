"""Processes that die, Redis that goes: nothing that was answered 2xx is lost, and nothing doubtful is sent twice."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import aiohttp
import pytest
from played import Answer, Got, booked, playing
from running import Relay, Said, lives, relay_up, until
from world import World

ROUTES = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}", callback: origin}
destinations:
  holding: {url: "${ERP}/holding", ambiguous: hold}
  resending: {url: "${ERP}/resending", ambiguous: resend, retry: {first: 100ms}}
  origin: {url: "${ERP}/origin", retry: {first: 100ms}}
routes:
  - {name: all, from: expenses, to: "{{ body.to }}", order_by: "{{ body.key | default(event.external_id) }}"}
"""


@pytest.fixture
async def own() -> AsyncIterator[World]:
    """A relay that the test may hurt."""
    async with playing() as erp, relay_up(ROUTES, {"ERP": erp.url}) as relay:
        yield World(relay, erp)


def one(relay: Relay, word: str) -> int:
    (pid,) = relay.children(word)
    return pid


async def test_a_worker_killed_in_an_attempt_leaves_it_held_or_sent_again_as_the_destination_says(own: World) -> None:
    asked = asyncio.Event()

    async def answer(_got: Got) -> Answer:
        first = not asked.is_set()
        await (asyncio.sleep(60) if first else asyncio.sleep(0))
        return booked("V")

    own.erp.answers |= {"/holding": answer, "/resending": answer}
    held, resent = [await own.relay.accepted("expenses", {"to": to}) for to in ("holding", "resending")]
    await own.erp.count("/holding", 1)
    await own.erp.count("/resending", 1)
    asked.set()
    os.kill(one(own.relay, "worker"), signal.SIGKILL)
    delivery = await own.relay.delivery_in(held, "held", within_s=30)
    assert delivery["reason"].startswith("unknown: ")
    again = await own.relay.delivery_in(resent, "delivered", within_s=30)
    assert [one["outcome"] for one in again["attempts"]] == ["unknown", "delivered"]
    assert len(own.erp.at("/holding")) == 1
    assert len({got.body for got in own.erp.at("/resending")}) == 1


async def gone(pid: int) -> bool:
    return not lives(pid)


async def accept_all(relay: Relay, count: int, **fields: object) -> list[Said]:
    return [await relay.send("expenses", {"to": "resending", "n": number, **fields}) for number in range(count)]


async def test_a_killed_web_process_is_back_by_itself_and_lost_nothing(own: World) -> None:
    """What connects while it is away waits for it, and isn't refused."""
    said = await accept_all(own.relay, 20)
    web = one(own.relay, "web")
    os.kill(web, signal.SIGKILL)
    await until(lambda: gone(web))
    said += await accept_all(own.relay, 5, again=True)
    for answer in said:
        assert answer.status == 202
        await own.relay.event_in(answer.json["id"], "delivered")


async def test_a_killed_redis_is_back_by_itself_with_all_that_was_answered(own: World) -> None:
    await own.relay.ask("POST", "/api/lanes/resending/pause")
    events = [answer.json["id"] for answer in await accept_all(own.relay, 50)]
    os.kill(one(own.relay, "redis-server"), signal.SIGKILL)
    await until(own.relay.is_ready)
    await own.relay.ask("POST", "/api/lanes/resending/resume")
    for event in events:
        await own.relay.event_in(event, "delivered")
    assert {got.json["n"] for got in own.erp.at("/resending")} == set(range(50))
    await own.erp.count("/origin", 50)


async def test_a_killed_relay_up_takes_its_processes_along_and_the_next_start_has_all_that_was_answered(
    own: World,
) -> None:
    await own.relay.ask("POST", "/api/lanes/resending/pause")
    events = [answer.json["id"] for answer in await accept_all(own.relay, 10)]
    pids = own.relay.children("")
    own.relay.process.kill()
    await own.relay.process.wait()
    await until(lambda: none_lives(pids))
    await own.relay.start()
    await own.relay.ask("POST", "/api/lanes/resending/resume")
    for event in events:
        await own.relay.event_in(event, "delivered")


async def none_lives(pids: list[int]) -> bool:
    return not any(lives(pid) for pid in pids)


async def test_while_redis_is_frozen_the_answer_is_503_in_time_and_afterwards_all_goes_on(own: World) -> None:
    before = await own.relay.accepted("expenses", {"to": "resending", "n": 0})
    await own.relay.event_in(before, "delivered")
    redis = one(own.relay, "redis-server")
    os.kill(redis, signal.SIGSTOP)
    async with asyncio.timeout(8):
        refused = [await own.relay.send("expenses", {"to": "resending", "n": 1}, event="msg_frozen") for _ in range(2)]
    for answer in refused:
        assert (answer.status, answer.json["error"]) == (503, "not_durable")
        assert int(answer.headers["retry-after"]) > 0
    assert not await own.relay.is_ready()
    os.kill(redis, signal.SIGCONT)
    await until(own.relay.is_ready)
    again = await own.relay.send("expenses", {"to": "resending", "n": 1}, event="msg_frozen")
    assert again.status in (200, 202)
    await own.relay.event_in(again.json["id"], "delivered")
    assert len([got for got in own.erp.at("/resending") if got.json["n"] == 1]) == 1


async def test_a_full_redis_refuses_what_is_new_and_still_drains_what_it_has(own: World) -> None:
    go = asyncio.Event()

    async def answer(_got: Got) -> Answer:
        await go.wait()
        return booked("V")

    own.erp.answers["/resending"] = answer
    events = [answer.json["id"] for answer in await accept_all(own.relay, 5)]
    await config(own.relay, "maxmemory", "1")
    refused = await own.relay.send("expenses", {"to": "resending", "n": 99}, event="msg_full")
    assert (refused.status, refused.json["error"]) == (503, "not_durable")
    await until(lambda: unready(own.relay))
    go.set()
    for event in events:
        await own.relay.event_in(event, "delivered")
    await config(own.relay, "maxmemory", "0")
    await until(own.relay.is_ready)
    again = await own.relay.send("expenses", {"to": "resending", "n": 99}, event="msg_full")
    assert again.status == 202
    await own.relay.event_in(again.json["id"], "delivered")


async def test_a_redis_that_became_a_read_only_replica_refuses_and_goes_on_as_master(own: World) -> None:
    async with own.relay.redis() as redis:
        await redis.execute_command("REPLICAOF", "127.0.0.1", "1")
        refused = await own.relay.send("expenses", {"to": "resending"}, event="msg_replica")
        assert (refused.status, refused.json["error"]) == (503, "not_durable")
        await until(lambda: unready(own.relay))
        await redis.execute_command("REPLICAOF", "NO", "ONE")
    await until(own.relay.is_ready)
    again = await own.relay.send("expenses", {"to": "resending"}, event="msg_replica")
    assert again.status == 202
    await own.relay.event_in(again.json["id"], "delivered")


async def unready(relay: Relay) -> bool:
    return not await relay.is_ready()


async def config(relay: Relay, name: str, value: str) -> None:
    """Sets something of the relay's own Redis."""
    async with relay.redis() as redis:
        await redis.config_set(name, value)


async def test_while_everything_is_killed_again_and_again_nothing_answered_2xx_is_lost(own: World) -> None:
    taken: dict[int, str] = {}

    async def sends(first: int) -> None:
        for number in range(first, first + 40):
            event = await accept_until_taken(own.relay, number)
            taken[number] = event

    async def kills() -> None:
        for word in ("worker", "web", "redis-server", "worker", "web"):
            await until(own.relay.is_ready)
            for pid in own.relay.children(word):
                os.kill(pid, signal.SIGKILL)

    await asyncio.gather(kills(), *(sends(first) for first in (0, 100, 200)))
    for event in taken.values():
        await own.relay.event_in(event, "delivered", within_s=40)
    assert {got.json["n"] for got in own.erp.at("/resending")} == set(taken)


async def accept_until_taken(relay: Relay, number: int) -> str:
    """As a sender does: again under the same id, until the answer is 2xx."""

    async def taken() -> str | None:
        try:
            said = await relay.send("expenses", {"to": "resending", "n": number}, event=f"msg_{number}")
        except (OSError, aiohttp.ClientError):
            return None
        assert said.status in (200, 202, 503), said
        return said.json["id"] if said.status < 300 else None

    return await until(taken)
