"""What people ask of deliveries and lanes by the API, and what they decide of many at once."""

import asyncio
from typing import Any

import pytest
from played import Answer, Got, booked, says
from running import until
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUTES = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}"}
destinations:
  erp:
    url: ${ERP}/erp
    concurrency: 1 # so that they come in the order in which they are claimed
    stop_after: 0
    result:
      - {when: "status == 200 and body.code == '0'", outcome: delivered, document: "{{ body.data.billCode }}"}
      - {when: "status == 409", outcome: held, reason: 期间已结账}
      - {when: "status == 422", outcome: rejected, reason: "{{ body.message }}"}
  strict:
    url: ${ERP}/strict
    stop_after: 2
    result: [{when: "status == 422", outcome: rejected, reason: "{{ body.message }}"}]
  down: {url: "${ERP}/down", breaker: {failures: 1, probe: 1h}}
  archive: {url: "${ERP}/archive"}
routes:
  - {name: booked, from: expenses, when: body.to == 'erp', to: erp, order_by: "{{ body.number }}", on_dead: continue}
  - {name: strictly, from: expenses, when: body.to == 'strict', to: strict}
  - {name: down, from: expenses, when: body.to == 'down', to: down}
  - {name: kept, from: expenses, when: body.to == 'erp' and body.keep is defined, to: archive}
"""


def refuse(message: str) -> Any:
    def answer(_got: Got) -> Answer:
        return says({"message": message}, 422)

    return answer


async def sent(world: World, to: str, *numbers: str, state: str, **body: Any) -> list[str]:
    """The events of documents, once each is in a state."""
    events = [await world.relay.accepted("expenses", {"to": to, "number": number, **body}) for number in numbers]
    for event in events:
        await world.relay.event_in(event, state)
    return events


async def listed(world: World, query: str) -> list[Any]:
    """All pages."""
    found, cursor = [], ""
    while cursor is not None:
        page = await world.relay.get(f"/api/deliveries?{query}&cursor={cursor}")
        found += page["deliveries"]
        cursor = page["next"]
    return found


async def replayed(world: World, **which: Any) -> list[Any]:
    """What each step said, to the end."""
    steps, cursor = [], None
    while cursor is not None or not steps:
        said = await world.relay.ask("POST", "/api/replay", which | ({"cursor": cursor} if cursor else {}))
        assert said.status == 200, said
        steps.append(said.json)
        cursor = said.json["next"]
    return steps


async def test_deliveries_are_found_by_each_filter_and_page_by_page(world: World) -> None:
    world.erp.answers["/erp"] = lambda _got: booked("V-L")
    events = await sent(world, "erp", "L1", "L2", "L3", state="delivered", keep=True)
    everything = await listed(world, "since=1h")
    assert len({one["id"] for one in everything}) == len(everything) == 6
    assert await listed(world, "limit=1") == await listed(world, "limit=4") == everything
    assert [one["event"] for one in await listed(world, "destination=erp")] == events[::-1]
    assert {one["destination"] for one in await listed(world, "route=kept&state=delivered")} == {"archive"}
    assert [one["order_key"] for one in await listed(world, "q=L2")] == ["L2"]
    assert await listed(world, "until=1h") == await listed(world, "state=waiting") == []
    (one,) = await listed(world, f"q={events[0]}&destination=erp")
    assert await world.relay.get(f"/api/deliveries/{one['id']}") == one


async def test_a_parameter_that_is_given_twice_is_refused(world: World) -> None:
    said = await world.relay.ask("GET", "/api/deliveries?state=dead&state=held")
    assert (said.status, said.json["error"]) == (400, "given_twice")


@pytest.mark.parametrize("query", ["state=dead&cursor=1-0.0", "cursor=1.dlv_a", "state=waiting&cursor=1.dlv_a"])
async def test_a_cursor_of_another_query_is_refused(world: World, query: str) -> None:
    said = await world.relay.ask("GET", f"/api/deliveries?{query}")
    assert (said.status, said.json["error"]) == (400, "bad_cursor")


async def test_the_held_and_the_dead_are_listed_newest_first_and_counted_by_reason(world: World) -> None:
    world.erp.answers["/erp"] = refuse("科目 6601 不存在")
    first = await sent(world, "erp", "R1", "R2", state="dead")
    world.erp.answers["/erp"] = refuse("no such supplier")
    last = await sent(world, "erp", "R3", state="dead")
    found = await listed(world, "state=dead&destination=erp&limit=2")
    assert [one["event"] for one in found] == [*last, *first[::-1]]
    page = await world.relay.get("/api/reasons?state=dead&destination=erp")
    assert page["next"] is None
    counts = {one["reason"]: (one["destination"], one["count"], one["example"]) for one in page["reasons"]}
    assert counts == {
        "rejected: 科目 6601 不存在": ("erp", 2, found[1]["id"]),
        "rejected: no such supplier": ("erp", 1, found[0]["id"]),
    }
    assert (await world.relay.get("/api/reasons?state=held"))["reasons"] == []


async def test_many_are_replayed_oldest_first_in_steps_and_one_that_dies_again_comes_once(world: World) -> None:
    world.erp.answers["/erp"] = refuse("closed")
    await sent(world, "erp", "M1", "M2", "M3", state="dead")
    again = await sent(world, "erp", "M4", state="dead")
    before = len(world.erp.at("/erp"))
    world.erp.answers["/erp"] = lambda got: refuse("still")(got) if got.json["number"] == "M4" else booked("V")
    dead = len(await listed(world, "state=dead&route=booked"))
    steps = await replayed(world, state="dead", route="booked", limit=2, note="科目已补")
    assert sum(one["replayed"] for one in steps) == dead
    assert max(one["replayed"] for one in steps) == 2
    await world.relay.event_in(again[0], "dead")
    numbers = [got.json["number"] for got in (await world.erp.count("/erp", before + dead))[before:]]
    assert [one for one in numbers if one.startswith("M")] == ["M1", "M2", "M3", "M4"]
    assert len(await listed(world, "state=dead&route=booked")) == 1
    (decided,) = (await world.relay.delivery_in(again[0], "dead", tried=2))["decisions"]
    assert (decided["by"], decided["note"]) == ("operator", "科目已补")


async def test_held_ones_are_replayed_by_themselves_and_a_step_may_be_asked_for_again(world: World) -> None:
    world.erp.answers["/erp"] = lambda _got: says({}, 409)
    events = await sent(world, "erp", "H1", "H2", state="held")
    world.erp.answers["/erp"] = lambda _got: booked("V-H")
    step = {"state": "held", "destination": "erp", "limit": 1}
    first = (await world.relay.ask("POST", "/api/replay", step)).json
    assert (first["replayed"], first["refused"]) == (1, [])
    for _ in range(2):
        said = (await world.relay.ask("POST", "/api/replay", {**step, "cursor": first["next"]})).json
    assert said["replayed"] == 0
    await asyncio.gather(*(world.relay.event_in(event, "delivered") for event in events))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"state": "delivered"},
        {"state": "dead", "destnation": "erp"},
        {"state": "dead", "limit": 0},
        {"state": "dead", "since": 3},
        {"state": "dead", "cursor": "1.dlv_a"},
    ],
)
async def test_a_bulk_replay_that_cannot_be_meant_is_refused(world: World, body: dict[str, Any]) -> None:
    said = await world.relay.ask("POST", "/api/replay", body)
    assert (said.status, set(said.json)) == (422, {"error", "detail"})


async def test_a_lane_that_stopped_says_why_since_when_and_what_would_resume_it(world: World) -> None:
    world.erp.answers["/strict"] = refuse("no such account")
    await sent(world, "strict", "S1", "S2", state="dead")
    waiting = await world.relay.accepted("expenses", {"to": "strict", "number": "S3"})
    lane = await world.relay.lane("strict")
    assert (lane["paused"], lane["ready"]) == (True, 1)
    assert lane["stopped"] == "stopped: 2 documents in a row were refused: rejected: no such account"
    assert lane["since"] >= (await world.relay.get(f"/api/events/{waiting}"))["received_at"][:10]
    assert "relay resume strict" in lane["resumes"]
    world.erp.answers.pop("/strict")
    await world.relay.ask("POST", "/api/lanes/strict/resume", {"note": "科目已补"})
    await world.relay.event_in(waiting, "held")  # its answer is of no known kind
    lane = await world.relay.lane("strict")
    assert (lane["stopped"], lane["since"], lane["resumes"]) == (None, None, None)
    assert lane["decided"].endswith("Z resumed by operator: 科目已补")


async def test_a_lane_whose_breaker_is_open_says_when_it_is_tried_next(world: World) -> None:
    world.erp.answers["/down"] = lambda _got: says({}, 502)
    await world.relay.accepted("expenses", {"to": "down"})

    async def is_open() -> bool:
        return (await world.relay.lane("down"))["breaker"] == "open"

    await until(is_open)
    lane = await world.relay.lane("down")
    assert lane["resumes"] == "a probe that is answered; or relay resume down"
    assert lane["since"] < lane["next_at"]
    assert lane["stopped"]


async def test_the_status_tells_of_workers_redis_and_the_configuration(world: World) -> None:
    async def works() -> bool:
        return bool((await world.relay.get("/api/status"))["workers"])

    await until(works)
    status = await world.relay.get("/api/status")
    event = await world.relay.get(f"/api/events/{await world.relay.accepted('expenses', {'to': 'nobody'})}")
    assert (status["ready"], status["why"], status["config"]) == (True, None, event["config"])
    assert [one["pid"] for one in status["workers"]] == world.relay.children("worker")
    assert status["redis"]["used_bytes"] > 1_000_000
    assert {"erp", "archive"} <= {one["destination"] for one in status["lanes"]}


async def test_every_address_below_api_needs_a_token_also_one_that_there_is_not(world: World) -> None:
    for path in ("/api/nothing", "/api", "/api/", "/api/events/evt_1/nothing"):
        assert (await world.relay.ask("GET", path, token=None)).status == 401
        said = await world.relay.ask("GET", path)
        assert (said.status, said.json["error"]) == (404, "not_found")
    assert (await world.relay.ask("DELETE", "/api/lanes", token="wrong")).status == 401
    wrong = await world.relay.ask("DELETE", "/api/lanes")
    assert (wrong.status, wrong.json["error"]) == (405, "wrong_method")
    assert set(wrong.headers["allow"].split(", ")) == {"GET", "HEAD"}
