"""The commands of those who run Relay day and night, against one that runs, and straight on its Redis."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from played import Answer, Got, booked, says
from running import Relay
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUTES = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}", type: "{{ body.type }}"}
destinations:
  erp:
    url: ${ERP}/erp
    stop_after: 0
    result:
      - {when: "status == 200 and body.code == '0'", outcome: delivered, document: "{{ body.data.billCode }}"}
      - {when: "status == 409", outcome: held, reason: 期间已结账}
      - {when: "status == 422", outcome: rejected, reason: "{{ body.message }}"}
  yonyou: {url: "${ERP}/yonyou", result: [{when: status == 422, outcome: rejected, reason: "{{ body.message }}"}]}
routes:
  - {name: booked, from: expenses, when: body.to == 'erp', to: erp, order_by: "{{ body.number }}"}
  - {name: vouchers, from: expenses, when: body.to == 'yonyou', to: yonyou}
"""


def refused(message: str) -> Any:
    def answer(_got: Got) -> Answer:
        return says({"message": message}, 422)

    return answer


async def sent(world: World, number: str, state: str, to: str = "erp") -> Any:
    """The delivery of a document, once it is in a state."""
    event = await world.relay.accepted("expenses", {"to": to, "number": number, "type": "差旅报销"})
    return await world.relay.delivery_in(event, state)


async def ran(world: World, *words: str, code: int = 0, **env: str) -> str:
    """What a command printed."""
    found = await world.relay.run(*words, env=env)
    assert (found.code, found.err if code == 0 else "") == (code, ""), found
    return found.out


@asynccontextmanager
async def running(relay: Relay, *words: str, **env: str) -> AsyncIterator[asyncio.StreamReader]:
    """What a command prints that goes on until Ctrl-C, which is no failure."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "relay", *words),
        cwd=relay.folder,
        env={**relay.env, "RELAY_URL": relay.url, **env},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(60):
            yield process.stdout
            process.send_signal(signal.SIGINT)
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_the_dead_are_grouped_replayed_by_a_filter_and_then_gone(world: World) -> None:
    world.erp.answers["/erp"] = refused("科目 6601 不存在")
    world.erp.answers["/yonyou"] = refused("no such supplier")
    first, second = await sent(world, "D1", "dead"), await sent(world, "D2", "dead")
    other = await sent(world, "D3", "dead", "yonyou")
    head, *rows, _, total = (await ran(world, "dead")).splitlines()
    assert head.split() == ["DESTINATION", "COUNT", "SINCE", "LATEST", "AN", "EXAMPLE", "REASON"]
    assert [row.split()[:2] for row in rows] == [["erp", "2"], ["yonyou", "1"]]
    assert total == "3 dead: 2 reasons, 2 destinations"
    dry = json.loads(await ran(world, "replay", "--state", "dead", "--route", "booked", "--dry-run", "--json"))
    assert (dry["matching"], dry["reasons"][0]["example"]) == (2, second["id"])
    assert len((await world.relay.get(f"/api/deliveries/{first['id']}"))["decisions"]) == 0
    nobody = await world.relay.run("replay", "--state", "dead", "--route", "booked")
    assert (nobody.code, "add --yes" in nobody.err) == (2, True)
    world.erp.answers.pop("/erp")
    words = ("replay", "--state", "dead", "--destination", "erp", "--since", "1h", "--yes", "--note", "科目已补")
    assert "2 are tried again" in await ran(world, *words)
    decided = (await world.relay.delivery_in(first["event"], "delivered"))["decisions"]
    assert [(one["decided"], one["by"], one["note"]) for one in decided] == [("replay", "operator", "科目已补")]
    left = json.loads(await ran(world, "dead", "--json"))["reasons"]
    assert [(one["destination"], one["example"]) for one in left] == [("yonyou", other["id"])]
    assert await ran(world, "dead", "--destination", "erp") == "nothing is dead there\n"


async def test_the_held_are_grouped_and_released_with_a_note(world: World) -> None:
    world.erp.answers["/erp"] = lambda _got: says({}, 409)
    held = await sent(world, "H1", "held")
    assert "hold: 期间已结账" in await ran(world, "held", "--destination", "erp")
    words = ("release", held["id"], "--as", "delivered", "--document", "V-9", "--note", "已在用友查到")
    assert "delivered as V-9" in await ran(world, *words)
    (decided,) = (await world.relay.get(f"/api/deliveries/{held['id']}"))["decisions"]
    assert decided["note"] == "已在用友查到"
    shown = await ran(world, "show", held["id"])
    assert "delivered by operator: 已在用友查到" in shown
    assert held["event"] in shown


async def test_straight_on_redis_the_same_is_shown_and_decided_without_a_web(world: World) -> None:
    """RELAY_URL leads nowhere: nothing is asked there."""
    world.erp.answers["/erp"] = refused("no")
    dead = await sent(world, "S1", "dead")
    straight = {"RELAY_URL": "http://127.0.0.1:9", "LOGNAME": "anna"}
    data = ("--direct", "--data", str(world.relay.data))
    assert json.loads(await ran(world, "show", dead["event"], *data, "--json", **straight)) == await world.relay.get(
        f"/api/events/{dead['event']}"
    )
    world.erp.answers.pop("/erp")
    assert dead["id"] in await ran(world, "replay", dead["id"], *data, **straight)
    delivery = await world.relay.delivery_in(dead["event"], "delivered")
    assert delivery["decisions"][0]["by"] == "anna"
    none = await world.relay.run("dead", "--direct", "--data", "/nowhere", env=straight)
    assert (none.code, none.err.startswith("error: there is no Redis")) == (1, True)


async def test_a_lane_is_paused_and_resumed_and_the_status_says_by_whom(world: World) -> None:
    world.erp.answers["/erp"] = lambda _got: booked("V-P")
    assert await ran(world, "pause", "erp", "--note", "月末结账") == "erp is paused\n"
    waits = await world.relay.accepted("expenses", {"to": "erp", "number": "P1"})
    told = await ran(world, "status")
    assert "accepts events" in told
    assert "paused by operator: 月末结账" in told
    assert "relay resume erp" in told
    lanes = json.loads(await ran(world, "status", "--json"))["lanes"]
    assert [(one["ready"], one["paused"]) for one in lanes if one["destination"] == "erp"] == [(1, True)]
    assert await ran(world, "resume", "erp") == "erp goes on\n"
    await world.relay.event_in(waits, "delivered")
    unknown = await world.relay.run("pause", "nowhere")
    assert (unknown.code, "there is no destination" in unknown.err) == (1, True)


async def test_the_status_is_watched_until_ctrl_c(world: World) -> None:
    async with running(world.relay, "status", "--watch") as out:
        seen = 0
        while seen < 2:
            seen += (await out.readline()).startswith(b"LANE")


async def test_what_happens_is_followed_live_and_filtered(world: World) -> None:
    world.erp.answers["/erp"] = lambda _got: booked("V-T")
    await sent(world, "T0", "delivered")
    told: list[dict[str, str]] = []

    async def read_until(out: asyncio.StreamReader, subject: str) -> None:
        while not any(one["subject"] == subject and one["text"].endswith("as V-T") for one in told):
            told.append(json.loads(await out.readline()))

    async with running(world.relay, "tail", "--type", "差旅报销", "--since", "1h", "--json") as out:
        await read_until(out, "T0")
        await world.relay.accepted("expenses", {"to": "erp", "number": "X", "type": "other"})
        event = (await sent(world, "T1", "delivered"))["event"]
        await read_until(out, "T1")
    assert [one["where"] for one in told if one["event"] == event] == ["in", "erp"]
    assert not [one for one in told if one["subject"] == "X"]
    assert [one["at"] for one in told if one["event"] == event] == sorted(one["at"] for one in told[-2:])


async def test_colours_are_for_a_terminal_only_and_times_are_local(world: World) -> None:
    event = (await sent(world, "C1", "delivered"))["event"]
    utc = (await world.relay.get(f"/api/events/{event}"))["received_at"]
    piped = await ran(world, "show", event, TZ="Asia/Shanghai")
    assert "\033" not in piped
    assert "+0800" in piped
    assert utc[11:13] not in piped.partition("received ")[2].partition(" as ")[0][11:13]
    coloured, plain = [await on_a_terminal(world.relay, "show", event, **more) for more in ({}, {"NO_COLOR": "1"})]
    assert "\033[32mdelivered\033[0m" in coloured
    assert "\033" not in plain


async def on_a_terminal(relay: Relay, *words: str, **more: str) -> str:
    """What a command writes to a terminal."""
    ours, theirs = os.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "relay", *words),
        cwd=relay.folder,
        env={**relay.env, "RELAY_URL": relay.url, "TERM": "xterm", **more},
        stdout=theirs,
    )
    os.close(theirs)
    async with asyncio.timeout(60):
        await process.wait()
    found = os.read(ours, 65_536).decode()
    os.close(ours)
    return found


async def test_a_sample_is_sent_as_its_source_would_and_followed_to_its_end(world: World) -> None:
    world.erp.answers["/erp"] = lambda _got: booked("V-SENT")
    (world.relay.folder / "sample.json").write_text('{"to": "erp", "number": "S-1", "amount": 12.30}')
    told = await ran(world, "send", "--source", "expenses", "sample.json", "--wait", "--id", "msg_s1")
    assert "202  evt_" in told
    assert "1 delivery" in told
    assert "delivered as V-SENT" in told
    assert "a duplicate" in await ran(world, "send", "--source", "expenses", "sample.json", "--id", "msg_s1")
    world.erp.answers["/yonyou"] = refused("no such supplier")
    (world.relay.folder / "refused.json").write_text('{"to": "yonyou", "number": "S-2"}')
    twice = ("send", "--source", "expenses", "refused.json", "--count", "2", "--wait", "--json")
    ended = json.loads(await ran(world, *twice, code=1))
    assert [one["answer"]["deliveries"] for one in ended["sent"]] == [1, 1]
    assert [one["state"] for one in ended["events"]] == ["dead", "dead"]


async def test_what_cannot_be_sent_says_why_and_what_to_do(world: World) -> None:
    (world.relay.folder / "bad.json").write_text('{"to": ')
    said = await world.relay.run("send", "--source", "expenses", "bad.json")
    assert (said.code, "400  bad_json" in said.out, "relay refused" in said.out) == (1, True, True)
    shown = json.loads(await ran(world, "send", "--source", "expenses", "bad.json", "--dry-run", "--json"))
    assert (shown["method"], shown["url"]) == ("POST", f"{world.relay.url}/in/expenses")
    assert shown["headers"]["webhook-signature"].startswith("v1,")
    for words, what in (
        (("--source", "expense", "bad.json"), "did you mean 'expenses'"),
        (("--source", "expenses", "nowhere.json"), "can't be read"),
        (("--source", "expenses", "bad.json", "--url", "http://127.0.0.1:9"), "no relay answers"),
    ):
        said = await world.relay.run("send", *words)
        assert (said.code, what in said.err) == (1, True), said


async def test_an_event_is_taken_out_as_a_test_which_holds(world: World) -> None:
    world.erp.answers["/erp"] = lambda _got: booked("V-TEST")
    sent_ = await sent(world, "0010", "delivered")
    folder = world.relay.folder / "captured"
    folder.mkdir()
    (folder / "routes.yaml").write_text((world.relay.folder / "routes.yaml").read_text())
    for words in (("--name", "as it came"), ("--mask", "--name", "without people")):
        assert await ran(world, "capture", sent_["event"], *words, "-o", "captured/tests.yaml") == ""
    tests = (folder / "tests.yaml").read_text()
    assert tests.count("- name:") == 2
    assert 'number: "0010"' in tests
    assert await ran(world, "capture", sent_["event"], "--body") == json.dumps(
        {"to": "erp", "number": "0010", "type": "差旅报销"}
    )
    with (folder / "routes.yaml").open("a") as routes:
        routes.write(tests)
    checked = await world.relay.run("check", "captured/routes.yaml")
    assert (checked.code, "fine" in checked.out) == (0, True), checked
    said = await world.relay.run("capture", sent_["event"], "-o", "routes.yaml")
    assert (said.code, "nothing but tests" in said.err) == (1, True)


async def test_the_last_events_show_what_another_file_would_change(world: World) -> None:
    await sent(world, "F1", "delivered")
    new = ROUTES.replace("body.to == 'erp'", "body.to == 'nobody'")
    (world.relay.folder / "new.yaml").write_text(new, encoding="utf-8")
    found = json.loads(await ran(world, "diff", "new.yaml", "--last", "20", "--json"))
    assert [(each["name"], each["key"]) for each in found["changes"]] == [("booked", "when")]
    (example, *_) = found["events"]["examples"]
    assert (example["route"], example["destination"], example["routed"]) == ("booked", "erp", True)
    assert found["events"]["routed"] >= 1
    assert found["events"]["untold"] == 0
    said = await ran(world, "diff", "new.yaml", "--last", "20")
    assert "booked → erp: was made, and isn't any more" in said
    version = (await world.relay.get("/api/config"))["version"]
    assert await ran(world, "diff", "routes.yaml", "--against", version) == "nothing changes\n"
