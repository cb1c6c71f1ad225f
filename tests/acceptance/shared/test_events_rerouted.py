"""A stored event is routed by the file of today: what it lacks is made, and what it has stays as it is."""

import asyncio
import json
from typing import Any

import pytest
from played import booked, says
from running import Said, until
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUTES = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}", callback: {to: origin, on: [delivered, dead]}}
  late: {verify: standard-webhooks, secret: "${SECRET}"}
  thin:
    verify: standard-webhooks
    secret: "${SECRET}"
    fetch: {flow: {destination: archive, url: "${ERP}/flows/{{ body.flow }}", method: GET}}
destinations:
  erp:
    url: ${ERP}/erp
    stop_after: 0
    result:
      - {when: "status == 200 and body.code == '0'", outcome: delivered, document: "{{ body.data.billCode }}"}
      - {when: "status == 422", outcome: rejected, reason: "{{ body.message }}"}
      - {when: "status == 409", outcome: held, reason: closed}
  archive: {url: "${ERP}/archive"}
  origin: {url: "${ERP}/origin"}
routes:
  - {name: paid, from: expenses, when: body.kind == 'paid', to: erp, once: "{{ body.number }}"}
  - {name: chosen, from: expenses, when: body.kind == 'chosen', to: "{{ body.to }}", order_by: "{{ body.number }}"}
  - {name: keyed, from: expenses, when: body.kind == 'keyed', to: erp, once: "{{ body.missing }}"}
"""
MENDED = (
    ROUTES.replace('to: "{{ body.to }}"', "to: \"{{ body.to or 'erp' }}\"").replace("body.missing", "body.number")
    + "  - {name: kept, from: expenses, when: body.keep is defined, to: archive}\n"
)


async def rerouted(world: World, event: str, **body: Any) -> Said:
    return await world.relay.ask("POST", f"/api/events/{event}/replay", body)


async def test_what_an_event_lacks_is_made_and_the_rest_stays_as_it_is(world: World) -> None:
    """One that no route took, one that is delivered, one that is held, and two of which `to` and `once` failed."""
    world.erp.answers["/erp"] = lambda got: (
        says({}, 409) if got.json["number"] == "HELD" else booked(f"V-{got.json['number']}")
    )
    unrouted = await world.relay.accepted("expenses", {"kind": "other", "number": "U", "keep": True})
    delivered = await world.relay.accepted("expenses", {"kind": "paid", "number": "D", "keep": True})
    held = await world.relay.accepted("expenses", {"kind": "paid", "number": "HELD", "keep": True})
    nowhere = await world.relay.accepted("expenses", {"kind": "chosen", "number": "N", "to": ""})
    keyless = await world.relay.accepted("expenses", {"kind": "keyed", "number": "K"})
    for event, state in [(unrouted, "unrouted"), (delivered, "delivered"), (held, "held"), (nowhere, "dead")]:
        await world.relay.event_in(event, state)
    (lost,) = (await world.relay.event_in(nowhere, "dead"))["deliveries"]
    assert (lost["destination"], (await world.relay.lane("-"))["dead"]) == ("-", 1)
    before = (await world.relay.get(f"/api/events/{held}"))["deliveries"]
    await put(world, MENDED)

    made = await rerouted(world, unrouted, note="新路由")
    assert (made.status, len(made.json["made"]), made.json["reopened"]) == (200, 1, [])
    kept = await world.relay.event_in(unrouted, "delivered")
    assert kept["routes"] == ["kept"]
    (decided,) = kept["deliveries"][0]["decisions"]
    assert (decided["by"], decided["note"], decided["decided"]) == ("operator", "新路由", "replay")
    assert [one["type"] for one in await told(world, unrouted)] == ["delivery.delivered"]

    again = await asyncio.gather(*(rerouted(world, delivered) for _ in range(3)))
    assert sum(len(one.json["made"]) for one in again) == 1
    both = (await world.relay.event_in(delivered, "delivered"))["deliveries"]
    assert [(one["destination"], len(one["attempts"])) for one in both] == [("erp", 1), ("archive", 1)]

    ran = await world.relay.run("replay", held, "--note", "新路由")
    assert (ran.code, "kept → archive" in ran.out) == (0, True)
    assert f"it is held and stays so: relay replay {before[0]['id']}" in ran.out
    assert (await world.relay.get(f"/api/events/{held}"))["deliveries"][0] == before[0]

    (new,) = (await rerouted(world, nowhere)).json["made"]
    (only,) = (await world.relay.event_in(nowhere, "delivered"))["deliveries"]
    assert (only["id"], only["destination"], only["order_key"]) == (new, "erp", "N")
    lane = await world.relay.lane("-")
    assert (lane["dead"], lane["configured"], lane["stopped"]) == (0, True, None)

    reopened = (await rerouted(world, keyless)).json
    (mended,) = (await world.relay.event_in(keyless, "delivered"))["deliveries"]
    assert (reopened["made"], reopened["reopened"]) == ([], [mended["id"]])
    assert (mended["once"], mended["document"]) == ("K", "V-K")
    for event in (unrouted, delivered, held, nowhere, keyless):
        said = await rerouted(world, event)
        assert (said.status, said.json["made"], said.json["reopened"]) == (200, [], [])
    assert (await rerouted(world, "evt_none")).status == 404


async def test_unrouted_events_are_routed_together_in_steps_that_are_asked_for_again_without_harm(world: World) -> None:
    events = [await world.relay.accepted("late", {"number": number}) for number in ("L1", "L2", "nobody's", "L3")]
    for event in events:
        await world.relay.event_in(event, "unrouted")
    await add(world, '  - {name: lately, from: late, when: body.number != "nobody\'s", to: archive}\n')
    words = ("replay", "--state", "unrouted", "--source", "late", "--since", "1h")
    dry = json.loads((await world.relay.run(*words, "--dry-run", "--json")).out)
    assert (dry["matching"], [one["source"] for one in dry["groups"]]) == (4, ["late"])
    step = {"state": "unrouted", "source": "late", "limit": 1, "note": "新路由"}
    first = (await world.relay.ask("POST", "/api/replay", step)).json
    assert (first["replayed"], first["refused"]) == (1, [])
    await world.relay.event_in(events[0], "delivered")
    on = {**step, "cursor": first["next"]}
    assert [(await world.relay.ask("POST", "/api/replay", on)).json["replayed"] for _ in range(2)] == [1, 0]
    ran = await world.relay.run(*words, "--yes")
    assert (ran.code, "1 are routed" in ran.out) == (0, True), ran
    assert [await state_of(world, event) for event in (events[0], events[2])] == ["delivered", "unrouted"]
    (made,) = (await world.relay.event_in(events[1], "delivered"))["deliveries"]
    assert [(one["by"], one["note"]) for one in made["decisions"]] == [("operator", "新路由")]
    await world.relay.event_in(events[3], "delivered")


@pytest.mark.parametrize(
    "body",
    [
        {"state": "unrouted", "route": "kept"},
        {"state": "unrouted", "destination": "erp"},
        {"state": "dead", "source": "late"},
        {"state": "unrouted", "cursor": "1/1.dlv_a"},
        {"state": "dead", "cursor": "1-0/1-0"},
    ],
)
async def test_what_cannot_be_meant_of_unrouted_events_is_refused(world: World, body: dict[str, Any]) -> None:
    said = await world.relay.ask("POST", "/api/replay", body)
    assert (said.status, set(said.json)) == (422, {"error", "detail"})


async def test_an_event_whose_document_was_read_goes_on_with_that_to_a_route_added_later(world: World) -> None:
    world.erp.answers["/flows/F1"] = lambda _got: says({"code": "F1", "state": "paid"})
    event = await world.relay.accepted("thin", {"flow": "F1"})
    await world.relay.event_in(event, "unrouted")
    await world.erp.count("/flows/F1", 1)
    route = (
        "{name: read, from: thin, when: flow.state == 'paid', to: archive, request: {body: {of: '{{ flow.code }}'}}}"
    )
    await add(world, f"  - {route}\n")
    ran = await world.relay.run("replay", event, "--note", "新路由")
    assert (ran.code, "read → archive" in ran.out) == (0, True), ran
    told = await world.relay.event_in(event, "delivered")
    assert [(one["route"], len(one["attempts"])) for one in told["deliveries"]] == [("fetch:flow", 1), ("read", 1)]
    assert [got.json for got in world.erp.at("/archive") if b"F1" in got.body] == [{"of": "F1"}]
    assert len(world.erp.at("/flows/F1")) == 1
    again = await world.relay.run("replay", event)
    assert (again.code, "lacks nothing" in again.out) == (0, True)


async def put(world: World, routes: str) -> None:
    """Until web has the file of today, and the worker too: each says so in the log."""
    before = world.relay.log.count("is in force")
    world.relay.write(routes)

    async def both() -> bool:
        return world.relay.log.count("is in force") == before + 2

    await until(both)


async def add(world: World, route: str) -> None:
    await put(world, (world.relay.folder / "routes.yaml").read_text() + route)


async def state_of(world: World, event: str) -> str:
    return (await world.relay.get(f"/api/events/{event}"))["state"]


async def told(world: World, event: str) -> list[Any]:
    async def heard() -> list[Any]:
        return [got.json for got in world.erp.at("/origin") if got.json["event"]["id"] == event]

    return await until(heard)
