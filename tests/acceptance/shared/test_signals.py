"""What a running relay tells of itself: figures at /metrics, and a line of the log for each change of state."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
from played import Answer, Got, Reset, says
from prometheus_client.parser import text_string_to_metric_families
from running import free_port, until
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORKERS = 2
ENV = {"RELAY_LOG": "json", "RELAY_LOG_LEVEL": "debug"}
ROUTES = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}", callback: {to: origin, on: [delivered, dead, held]}}
  hesi: {verify: {algorithm: token, path: true}, secret: a-secret-in-the-path}
destinations:
  erp: {url: "${ERP}/erp", concurrency: 8}
  away: {url: "${ERP}/away", breaker: {failures: 1, probe: 30s}, retry: {first: 100ms}, ambiguous: resend}
  refusing: {url: "${ERP}/refusing", stop_after: 2}
  origin: {url: "${ERP}/origin"}
routes:
  - {name: one, from: "*", when: "body.to is defined", to: "{{ body.to }}"}
"""
IDS = ("event", "delivery", "source", "route", "destination")


async def scraped(world: World) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """The samples by name and labels, `process` left out: what several processes tell is added up."""
    said = await world.relay.ask("GET", "/metrics", token=None)
    assert said.status == 200
    found: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    for family in text_string_to_metric_families(said.body.decode()):
        for name, labels, value, *_ in family.samples:
            key = name, frozenset((label, text) for label, text in labels.items() if label != "process")
            found[key] = found.get(key, 0) + value
    return found


async def value(world: World, name: str, **labels: str) -> float:
    return (await scraped(world)).get((name, frozenset(labels.items())), 0)


async def until_it_is(world: World, wanted: float, name: str, **labels: str) -> None:
    """Workers count once Redis has what an attempt came to, so that others may see that first."""

    async def found() -> bool:
        return await value(world, name, **labels) == wanted

    try:
        await until(found, 20)
    except AssertionError:
        raise AssertionError(f"{name} {labels}: {await value(world, name, **labels)} for {wanted}") from None


def lines(world: World, what: str, **ids: str) -> list[dict[str, Any]]:
    """Those of a signal that have these ids."""
    told = [json.loads(line) for line in world.relay.log.splitlines() if line.startswith("{")]
    return [one for one in told if one.get("what") == what and all(one.get(name) == id_ for name, id_ in ids.items())]


async def told(world: World, what: str, **ids: str) -> dict[str, Any]:
    async def found() -> list[dict[str, Any]]:
        return lines(world, what, **ids)

    return (await until(found, 20))[0]


def refuses(_got: Got) -> Answer:
    return says({"message": "no such account"}, 422)


def resets(_got: Got) -> Answer:
    raise Reset


async def test_figures_of_all_processes_add_up_to_what_happened(world: World) -> None:
    sent = [{"to": "erp", "number": number} for number in range(30)]
    events = await asyncio.gather(
        *(world.relay.accepted("expenses", body, event=f"msg_{body['number']}") for body in sent)
    )
    again = await world.relay.send("expenses", sent[0], event="msg_0")
    assert again.json["duplicate"]
    for event in events:
        await world.relay.event_in(event, "delivered")
    await until_it_is(world, 30, "relay_events_accepted_total", source="expenses")
    await until_it_is(world, 1, "relay_events_duplicate_total", source="expenses")
    await until_it_is(world, 30, "relay_attempts_total", destination="erp", outcome="delivered")
    await until_it_is(world, 30, "relay_deliveries_total", destination="erp", state="delivered")
    await until_it_is(world, 30, "relay_callbacks_total", destination="origin", state="delivered")
    await until_it_is(world, 30, "relay_delivered_seconds_count", destination="erp")
    await until_it_is(world, 30, "relay_attempt_seconds_count", destination="erp")
    assert await value(world, "relay_redis_group_items_sum", script="settle") == 60
    assert await value(world, "relay_deliveries_total", destination="origin", state="delivered") == 0


async def test_every_process_tells_its_own_and_redis_is_told_of_once(world: World) -> None:
    said = (await world.relay.ask("GET", "/metrics", token=None)).body.decode()
    samples = [one for family in text_string_to_metric_families(said) for one in family.samples]
    assert {one.labels["process"] for one in samples if one.name == "relay_config_info"} == {
        "web",
        "worker-1",
        "worker-2",
    }
    assert len({one.labels["version"] for one in samples if one.name == "relay_config_info"}) == 1
    depth = [tuple(sorted(one.labels.items())) for one in samples if one.name.startswith("relay_lane_")]
    assert depth
    assert all("process" not in dict(labels) for labels in depth)
    assert await value(world, "relay_redis_up") == 1
    await until_it_is(world, 2, "relay_workers")
    headings = [line for line in said.splitlines() if line.startswith("# TYPE")]
    assert len(headings) == len(set(headings))


async def test_a_refused_request_is_counted_by_its_reason_and_told_without_its_path(world: World) -> None:
    kind = {"Content-Type": "application/json"}
    for path in ("hesi/another-secret?key=in-the-query", "hesi/another-secret", "nobody/another-secret"):
        await world.relay.ask("POST", f"/in/{path}", b"{}", kind, token=None)
    await world.relay.ask("POST", "/in/hesi/a-secret-in-the-path", b"{", kind, token=None)
    assert await value(world, "relay_requests_refused_total", source="hesi", reason="unauthorised") == 2
    assert await value(world, "relay_requests_refused_total", source="hesi", reason="bad_json") == 1
    assert await value(world, "relay_requests_refused_total", source="", reason="unknown_source") == 1
    line = await told(world, "event.refused", source="hesi", code="unauthorised")
    assert (line["status"], line["sender"], line["level"]) == (401, "127.0.0.1", "warning")
    assert "another-secret" not in world.relay.log
    assert "in-the-query" not in world.relay.log


async def test_each_change_of_a_delivery_is_a_line_with_its_ids(world: World) -> None:
    event = await world.relay.accepted("expenses", {"to": "erp", "lines": 1})
    delivery = (await world.relay.delivery_in(event, "delivered"))["id"]
    came = await told(world, "event.accepted", event=event)
    assert (came["source"], came["deliveries"]) == ("expenses", 1)
    assert (await told(world, "request.taken", source="expenses"))["status"] in (200, 202)
    begun = await told(world, "delivery.attempted", delivery=delivery)
    ended = await told(world, "delivery.delivered", delivery=delivery)
    for line in (begun, ended):
        assert {name: line[name] for name in IDS} == {
            "event": event,
            "delivery": delivery,
            "source": "expenses",
            "route": "one",
            "destination": "erp",
        }
    assert (ended["attempt"], ended["outcome"], ended["status"]) == (1, "delivered", 200)
    assert ended["process"] in ("worker-1", "worker-2")
    told_back = await told(world, "delivery.delivered", callback_of=delivery)
    assert told_back["destination"] == "origin"


async def test_a_lane_that_opens_stops_and_goes_on_says_so(world: World) -> None:
    world.erp.answers |= {"/refusing": refuses, "/away": resets}
    dead = [await world.relay.accepted("expenses", {"to": "refusing", "n": number}) for number in range(2)]
    for event in dead:
        delivery = await world.relay.delivery_in(event, "dead")
        line = await told(world, "delivery.dead", delivery=delivery["id"])
        assert (line["code"], line["status"]) == ("rejected", 422)
    await told(world, "lane.stopped", destination="refusing")
    await until_it_is(world, 1, "relay_lane_paused", destination="refusing")
    await until_it_is(world, 2, "relay_lane_deliveries", destination="refusing", state="dead")
    await world.relay.accepted("expenses", {"to": "away"})
    await told(world, "lane.opened", destination="away")
    await told(world, "delivery.waiting", destination="away")
    await until_it_is(world, 1, "relay_lane_breaker", destination="away", state="open")
    world.erp.answers["/away"] = lambda _got: says({})
    await world.relay.ask("POST", "/api/lanes/away/resume")
    assert (await told(world, "lane.resumed", destination="away"))["by"] == "operator"
    await told(world, "delivery.delivered", destination="away")
    await world.relay.ask("POST", f"/api/deliveries/{delivery['id']}/release", {"as": "dead", "note": "void"})
    released = await told(world, "delivery.released", delivery=delivery["id"])
    assert (released["by"], released["decided"]) == ("operator", "dead")
    assert "no such account" not in world.relay.log


async def test_each_process_and_each_request_is_told(world: World) -> None:
    await told(world, "web.started")
    await told(world, "worker.started", process="worker-2")
    await told(world, "process.started", process="up", name="redis-server")
    await world.relay.ask("GET", "/api/events/evt_nothing?token=in-the-query")
    line = await told(world, "request.refused", path="/api/events/evt_nothing")
    assert (line["method"], line["status"]) == ("GET", 400)
    await world.relay.ask("GET", "/somewhere/a-secret-of-somebody")
    await told(world, "request.refused", path="/***")
    assert "in-the-query" not in world.relay.log
    assert "a-secret-of-somebody" not in world.relay.log


async def test_a_worker_that_runs_by_itself_tells_its_figures_on_a_port_of_its_own(world: World) -> None:
    port = free_port()
    alone = {"RELAY_REDIS_URL": f"unix://{world.relay.data}/redis.sock", "RELAY_METRICS_PORT": str(port)}
    world.relay.env |= alone

    async def answered() -> str:
        with suppress(aiohttp.ClientError):
            async with aiohttp.request("GET", f"http://127.0.0.1:{port}/metrics") as said:
                return await said.text()
        return ""

    try:
        async with world.relay.up_with("worker"):
            told = await until(answered)
            taken = await world.relay.run("worker")
    finally:
        for name in alone:
            del world.relay.env[name]
    assert 'relay_config_info{process="worker",' in told
    assert "relay_lane_" not in told
    assert (taken.code, "RELAY_METRICS_PORT" in taken.err) == (1, True)
