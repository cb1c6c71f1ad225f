"""What people and programs are shown: the API's lists and the same by command line (CONTRACT sections 2 and 3)."""

import json
import re
import sys
from typing import Any

import pytest
from played import says
from running import TOKEN
from signing import standard_webhooks
from world import World

from relay.cli import main

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUTES = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}"}
  invoices: {verify: standard-webhooks, secret: "${SECRET}"}
  pages: {verify: standard-webhooks, secret: "${SECRET}"}
destinations:
  erp:
    url: ${ERP}/erp
    stop_after: 0
    result:
      - {when: "status == 200 and body.code == '0'", outcome: delivered, document: "{{ body.data.billCode }}"}
      - {when: "body.code == 'CLOSED'", outcome: held, reason: "{{ body.message }}"}
      - {when: "status == 422", outcome: rejected, reason: "{{ body.message }}"}
routes:
  - {name: paid, from: expenses, when: event.type == 'expense.paid', to: erp, order_by: "{{ body.number }}"}
  - {name: approved, from: invoices, to: erp}
"""
EVENT = {"id", "source", "type", "external_id", "received_at", "state", "routes", "config", "deliveries"}
DELIVERY = {"id", "route", "destination", "state", "order_key", "document", "reason", "next_attempt_at", "attempts"}
ATTEMPT = {"n", "at", "duration_ms", "outcome", "status", "reason", "request", "response", "config", "by"}
LANE = {"destination", "ready", "waiting", "in_flight", "held", "dead", "oldest_s", "breaker", "paused"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


async def ids(world: World, query: str) -> list[str]:
    return [one["id"] for one in (await world.relay.get(f"/api/events?{query}"))["events"]]


async def dead_one(world: World, number: str) -> Any:
    world.erp.answers["/erp"] = lambda _got: says({"message": f"no {number}"}, 422)
    event = await world.relay.accepted("expenses", {"type": "expense.paid", "number": number})
    delivery = await world.relay.delivery_in(event, "dead")
    world.erp.answers.pop("/erp")
    return delivery


async def test_an_event_is_shown_in_the_promised_shape(world: World) -> None:
    event = await world.relay.accepted("expenses", {"type": "expense.paid", "number": "B1"}, event="msg_shape")
    shown = await world.relay.event_in(event, "delivered")
    assert shown.keys() >= EVENT
    assert (shown["id"], shown["source"], shown["type"]) == (event, "expenses", "expense.paid")
    assert (shown["external_id"], shown["routes"]) == ("msg_shape", ["paid"])
    (delivery,) = shown["deliveries"]
    assert delivery.keys() >= DELIVERY
    assert (delivery["order_key"], delivery["destination"], delivery["next_attempt_at"]) == ("B1", "erp", None)
    (attempt,) = delivery["attempts"]
    assert attempt.keys() >= ATTEMPT
    assert (attempt["n"], attempt["status"], attempt["outcome"]) == (1, 200, "delivered")
    assert attempt["response"].keys() >= {"status", "headers", "body"}
    assert all(TIME.fullmatch(time) for time in (shown["received_at"], attempt["at"]))
    assert attempt["config"] == shown["config"]


async def test_events_are_found_by_each_filter(world: World) -> None:
    dead = await dead_one(world, "B-dead")
    invoice = await world.relay.accepted("invoices", {"type": "invoice.approved", "number": "I1"})
    document = (await world.relay.delivery_in(invoice, "delivered"))["document"]
    unrouted = await world.relay.accepted("expenses", {"type": "expense.sent", "number": "B-none"}, event="msg_none")
    for query, event in [
        ("source=invoices", invoice),
        ("type=expense.sent", unrouted),
        ("state=dead", dead["event"]),
        ("state=unrouted", unrouted),
        ("route=approved", invoice),
        ("q=B-dead", dead["event"]),
        ("q=msg_none", unrouted),
        (f"q={document}&source=invoices", invoice),
        (f"q={dead['id']}", dead["event"]),
        ("source=expenses&state=dead&type=expense.paid&since=1h", dead["event"]),
    ]:
        assert await ids(world, query) == [event], query
    assert await ids(world, "source=invoices&until=1h") == []
    since = (await world.relay.get(f"/api/events/{unrouted}"))["received_at"]
    assert await ids(world, f"since={since}&source=expenses") == [unrouted]
    assert unrouted not in await ids(world, f"until={since}")


async def test_events_come_newest_first_page_by_page(world: World) -> None:
    sent = [await world.relay.accepted("pages", {"n": n}) for n in range(7)]
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = await world.relay.get(f"/api/events?source=pages&limit=3&cursor={cursor}")
        assert len(page["events"]) <= 3
        seen += [one["id"] for one in page["events"]]
        cursor = page["next"]
    assert seen == sent[::-1]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=many",
        f"limit={'9' * 5000}",
        "state=lost",
        "since=soon",
        "until=-1h",
        "cursor=abc",
        "cursor=0-0",
        f"cursor={'9' * 30}-0",
    ],
)
async def test_a_filter_that_cannot_be_is_answered_400(world: World, query: str) -> None:
    said = await world.relay.ask("GET", f"/api/events?{query}")
    assert said.status == 400
    assert said.json["detail"]


async def test_more_than_a_decision_needs_is_answered_413(world: World) -> None:
    said = await world.relay.ask("POST", "/api/lanes/erp/pause", {"note": "n" * 100_000})
    assert (said.status, said.json["error"]) == (413, "too_large")


async def test_the_body_comes_back_as_the_bytes_that_came(world: World) -> None:
    body = '{ "type" : "x",\r\n "a":1.10, "t":"\\u5dee旅" }'.encode()
    said = await world.relay.ask("GET", f"/api/events/{await world.relay.accepted('expenses', body)}/body")
    assert (said.status, said.body, said.headers["content-type"]) == (200, body, "application/json")
    assert said.headers["x-content-type-options"] == "nosniff"


async def test_every_lane_is_shown_whether_or_not_it_has_work(world: World) -> None:
    await world.relay.ask("POST", "/api/lanes/erp/pause")
    event = await world.relay.accepted("invoices", {"n": "waits"})
    lane = await world.relay.lane("erp")
    assert lane.keys() >= LANE
    assert (lane["ready"], lane["in_flight"], lane["breaker"], lane["paused"]) == (1, 0, "closed", True)
    assert 0 <= lane["oldest_s"] < 20
    await world.relay.ask("POST", "/api/lanes/erp/resume")
    await world.relay.event_in(event, "delivered")


@pytest.mark.parametrize("token", [None, "", "wrong", "wröng", TOKEN + " x"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/events"),
        ("GET", "/api/events/evt_1"),
        ("GET", "/api/events/evt_1/body"),
        ("GET", "/api/lanes"),
        ("POST", "/api/deliveries/dlv_1/replay"),
        ("POST", "/api/deliveries/dlv_1/release"),
        ("POST", "/api/lanes/erp/pause"),
        ("POST", "/api/lanes/erp/resume"),
    ],
)
async def test_nothing_of_the_api_is_answered_without_the_token(
    world: World, method: str, path: str, token: str | None
) -> None:
    said = await world.relay.ask(method, path, token=token)
    assert (said.status, said.json["error"]) == (401, "unauthorised")


async def test_what_is_not_there_is_answered_404(world: World) -> None:
    for path in ("/api/events/evt_none", "/api/events/evt_none/body", "/api/nothing", "/nothing"):
        assert (await world.relay.ask("GET", path)).status == 404
    assert (await world.relay.ask("DELETE", "/api/events")).status == 405


async def test_whoever_runs_it_sees_that_it_is_live_and_ready_without_a_token(world: World) -> None:
    for path in ("/health/live", "/health/ready"):
        assert (await world.relay.ask("GET", path, token=None)).status == 200


async def test_the_command_line_lists_and_shows_events(world: World) -> None:
    dead = await dead_one(world, "B-cli")
    listed = await world.relay.run("events", "--state", "dead", "--q", "B-cli", "--json")
    assert (listed.code, listed.err) == (0, "")
    assert [one["id"] for one in json.loads(listed.out)["events"]] == [dead["event"]]
    table = await world.relay.run("events", "--source", "expenses", "--since", "1h")
    assert dead["event"] in table.out
    shown = await world.relay.run("show", dead["event"])
    assert all(part in shown.out for part in ("DEAD", "rejected: no B-cli", "HTTP 422", "attempt 1", dead["id"]))
    as_json = await world.relay.run("show", dead["event"], "--json")
    assert json.loads(as_json.out)["id"] == dead["event"]


async def test_what_senders_and_erps_wrote_cannot_move_the_cursor(world: World) -> None:
    world.erp.answers["/erp"] = lambda _got: says({"message": "no\x1b[2J\nmore\u202e"}, 422)
    event = await world.relay.accepted("expenses", {"type": "expense.paid", "number": "B\x1b[1m"})
    await world.relay.delivery_in(event, "dead")
    world.erp.answers.pop("/erp")
    for words in (["show", event], ["events", "--state", "dead"]):
        ran = await world.relay.run(*words)
        assert all(letter.isprintable() or letter == "\n" for letter in ran.out)
    assert "rejected: no?[2J more?" in (await world.relay.run("show", event)).out


async def test_the_command_line_replays_deliveries_and_of_an_event_names_those_that_nobody_decided(
    world: World,
) -> None:
    dead = [await dead_one(world, number) for number in ("B-r1", "B-r2")]
    named = await world.relay.run("replay", dead[0]["event"])
    assert (named.code, named.err) == (0, "")
    assert f"it is dead and stays so: relay replay {dead[0]['id']}" in named.out
    ran = await world.relay.run("replay", *(one["id"] for one in dead), "--note", "mended")
    assert (ran.code, ran.err, ran.out.count("paid → erp")) == (0, "", 2)
    for one in dead:
        delivery = await world.relay.delivery_in(one["event"], "delivered")
        assert [each["note"] for each in delivery["decisions"]] == ["mended"]


async def test_the_command_line_releases_what_is_held(world: World) -> None:
    world.erp.answers["/erp"] = lambda _got: says({"code": "CLOSED", "message": "closed"})
    event = await world.relay.accepted("expenses", {"type": "expense.paid", "number": "B-h"})
    held = await world.relay.delivery_in(event, "held")
    world.erp.answers.pop("/erp")
    no_document = await world.relay.run("release", held["id"], "--as", "delivered", "--note", "seen")
    assert (no_document.code, no_document.out) == (2, "")
    ran = await world.relay.run("release", held["id"], "--as", "delivered", "--document", "V-77", "--note", "found")
    assert (ran.code, "V-77" in ran.out) == (0, True)
    assert (await world.relay.delivery_in(event, "delivered"))["document"] == "V-77"


@pytest.mark.parametrize(
    ("words", "env", "says_so"),
    [
        (["show", "evt_none"], {}, "there is no event 'evt_none'"),
        (["show", "evt no?x=1#差"], {}, "there is no event 'evt no?x=1#差'"),
        (["replay", "dlv_none"], {}, "there is no delivery 'dlv_none'"),
        (["events"], {"RELAY_API_TOKEN": "wrong"}, "401"),
        (["events"], {"RELAY_URL": "http://127.0.0.1:9"}, "no relay answers"),
        (["events"], {"RELAY_URL": "nonsense"}, "RELAY_URL"),
        (["events"], {"RELAY_API_TOKEN": "", "RELAY_DATA": "/nowhere"}, "there is no API token"),
    ],
)
async def test_what_fails_is_one_line_on_stderr_and_exit_status_1(
    world: World, words: list[str], env: dict[str, str], says_so: str
) -> None:
    ran = await world.relay.run(*words, env=env)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error: ")
    assert says_so in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nonsense"],
        ["events", "--nonsense"],
        ["show"],
        ["release", "x"],
        ["release", "x", "--as", "y"],
        ["release", "x", "--as", "dead"],
        ["replay", "x", "--state", "dead"],
        ["replay"],
        ["replay", "x", "--again"],
    ],
)
async def test_wrong_usage_is_said_before_anything_is_asked(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        sys.exit(main(words))
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["events", "--state", "lost"],
        ["events", "--since", "then"],
        ["events", "--limit", "x"],
        ["release", "x", "--as", "delivered", "--note", "seen"],
    ],
)
async def test_wrong_usage_is_exit_status_2(world: World, words: list[str]) -> None:
    ran = await world.relay.run(*words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)


async def test_after_all_of_this_the_log_has_no_fault(world: World) -> None:
    await world.relay.ask("POST", "/in/expenses", b"{", standard_webhooks(b"{"), token=None)
    assert "Traceback" not in world.relay.log
    assert "ERROR" not in world.relay.log
