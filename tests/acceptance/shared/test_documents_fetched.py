"""`fetch:` reads the document that a thin event tells of before its routes are asked."""

import asyncio
import json
from typing import Any

import pytest
from played import Answer, Got, says
from running import until
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUTES = """
version: 1
sources:
  hesi:
    verify: standard-webhooks
    secret: "${SECRET}"
    callback: {to: origin, on: [delivered, held, dead], routes: [voucher]}
    fetch:
      flow: {destination: hesi-api, path: "/flows?flowId={{ body.flowId }}"}
      staff:
        destination: people
        when: flow.staff is defined
        url: ${ERP}/people/{{ flow.staff }}
        result: [{when: status == 200 and body.name is defined, outcome: delivered}]
  other: {verify: standard-webhooks, secret: "${SECRET}"}
destinations:
  hesi-api: {vars: {base: "${ERP}/api"}, auth: {type: bearer, token: token-of-hesi}, retry: {first: 100ms, factor: 1}}
  people: {url: "${ERP}/people", retry: {first: 100ms, factor: 1}, stop_after: 0}
  erp: {url: "${ERP}/erp", retry: {first: 100ms}, stop_after: 0, result: &result [
    {when: "body.code == '0'", outcome: delivered, document: "{{ body.data.billCode }}"},
    {when: "body.code == 'NO'", outcome: rejected, reason: "{{ body.message }}"}]}
  archive: {url: "${ERP}/archive"}
  origin: {url: "${ERP}/origin", sign: {scheme: standard-webhooks, secret: "${SECRET}"}}
routes:
  - name: voucher
    from: [hesi, other]
    when: flow.state == 'paid'
    to: erp
    once: "{{ flow.code }}"
    order_by: "{{ flow.code }}"
    require: [{that: flow.amount > 0, else: "no amount in {{ flow.code }}"}]
    request:
      body: {number: "{{ flow.code }}", amount: "{{ flow.amount }}", by: "{{ staff.name | default('nobody') }}"}
  - {name: archived, from: hesi, after: {routes: voucher}, to: archive,
     request: {body: {code: "{{ flow.code }}", voucher: "{{ prior.document }}"}}}
"""


def flow(world: World, number: str, *answers: Any) -> None:
    """What the platform says of one document, in turn; the last one stays."""
    left, before = list(answers), world.erp.answers.get("/api/flows", lambda _got: says(None, 404))

    def answer(got: Got) -> Any:
        if f"flowId={number}" not in got.target:
            return before(got)
        said = left.pop(0) if len(left) > 1 else left[0]
        return said(got) if callable(said) else said

    world.erp.answers["/api/flows"] = answer


def paid(number: str, **more: Any) -> Answer:
    return says({"code": number, "state": "paid", "amount": 12.5, **more})


def asked(world: World, number: str) -> list[Got]:
    return [got for got in world.erp.at("/api/flows") if f"flowId={number}" in got.target]


def posted(world: World, number: str) -> list[Any]:
    return [got.json for got in world.erp.at("/erp") if got.json["number"] == number]


async def states(world: World, event: str) -> dict[str, str]:
    return {one["route"]: one["state"] for one in (await world.relay.get(f"/api/events/{event}"))["deliveries"]}


async def shown(world: World, event: str, route: str, state: str) -> dict[str, Any]:
    async def found() -> Any:
        deliveries = (await world.relay.get(f"/api/events/{event}"))["deliveries"]
        return next((one for one in deliveries if (one["route"], one["state"]) == (route, state)), None)

    return await until(found)


async def test_the_document_is_read_by_the_destinations_login_and_known_to_all_that_routes_say(world: World) -> None:
    number = "F1"
    exact = b'{"code": "F1", "state": "paid", "amount": 12345678901234567890.10, "staff": "s1"}'
    flow(world, number, (200, {"Content-Type": "application/json"}, exact))
    world.erp.answers["/people/s1"] = lambda _got: says({"name": "Anna"})
    event = await world.relay.accepted("hesi", {"flowId": number})
    told = await world.relay.event_in(event, "delivered")
    assert told["routes"] == ["voucher"]
    assert [one["route"] for one in told["deliveries"]] == ["fetch:flow", "fetch:staff", "voucher", "archived"]
    (got,) = asked(world, number)
    assert (got.method, got.body, got.headers["authorization"]) == ("GET", b"", "Bearer token-of-hesi")
    assert b'"amount":12345678901234567890.10' in next(got.body for got in world.erp.at("/erp") if b"F1" in got.body)
    assert posted(world, number)[0]["by"] == "Anna"
    archived = [got.json for got in world.erp.at("/archive") if got.json["code"] == number]
    assert archived[0]["voucher"] == told["deliveries"][2]["document"]
    kept = await world.relay.ask("GET", f"/api/events/{event}/documents")
    assert (kept.status, kept.json["documents"]["staff"]) == (200, {"name": "Anna"})
    assert b'"amount":12345678901234567890.10' in kept.body
    explained = await world.relay.run("explain", event, "--json")
    (again,) = json.loads(explained.out)["events"]
    assert [(one["name"], one["answered"]) for one in again["fetches"]] == [("flow", True), ("staff", True)]
    assert again["sends"][0]["request"]["body"].encode() in [got.body for got in world.erp.at("/erp")]


async def test_an_event_that_no_route_takes_once_its_document_is_read_is_unrouted(world: World) -> None:
    number = "F2"
    flow(world, number, says({"code": number, "state": "draft", "amount": 1}))
    event = await world.relay.accepted("hesi", {"flowId": number})
    told = await world.relay.event_in(event, "unrouted")
    assert (await states(world, event), told["routes"]) == ({"fetch:flow": "delivered"}, [])


async def test_what_isnt_there_yet_or_cant_be_read_is_asked_for_again_and_nothing_is_in_doubt(world: World) -> None:
    number = "F3"
    page = (200, {"Content-Type": "text/html"}, b"<html>busy</html>")
    flow(world, number, says(None, 503, Retry_After="0"), says(None, 500), page, paid(number))
    event = await world.relay.accepted("hesi", {"flowId": number})
    assert (await world.relay.get(f"/api/events/{event}"))["state"] in ("pending", "delivered")
    await world.relay.event_in(event, "delivered")
    assert (len(asked(world, number)), len(posted(world, number))) == (4, 1)


async def test_what_cant_be_had_is_dead_and_the_origin_is_told_though_it_named_a_route(world: World) -> None:
    number = "F4"
    flow(world, number, says({"message": "no such flow"}, 404), paid(number))
    event = await world.relay.accepted("hesi", {"flowId": number})
    dead = (await world.relay.event_in(event, "dead"))["deliveries"][0]
    assert (dead["route"], dead["reason"]) == ("fetch:flow", "rejected: answered 404")

    async def told() -> Any:
        return [got.json for got in world.erp.at("/origin") if got.json["event"]["id"] == event]

    (first,) = await until(told)
    assert (first["type"], first["delivery"]["route"]) == ("delivery.dead", "fetch:flow")
    refused = await world.relay.ask(
        "POST", f"/api/deliveries/{dead['id']}/release", {"as": "delivered", "document": "x", "note": "seen"}
    )
    assert refused.status == 409
    assert (await world.relay.run("replay", dead["id"])).code == 0
    await world.relay.event_in(event, "delivered")
    assert [one["type"] for one in await told()] in (
        ["delivery.dead"],
        ["delivery.dead", "delivery.delivered"],
    )


async def test_a_slow_document_of_an_earlier_event_isnt_overtaken_by_the_next_one(world: World) -> None:
    number, goes = "F5", asyncio.Event()

    async def slow(_got: Got) -> Answer:
        await goes.wait()
        return paid("F5-first")

    flow(world, number, slow, paid("F5-second"))
    flow(world, "F6", paid("F6"))
    events = [await world.relay.accepted("hesi", {"flowId": number, "n": n}) for n in range(2)]
    await world.relay.event_in(await world.relay.accepted("hesi", {"flowId": "F6"}), "delivered")
    assert len(asked(world, number)) == 1
    goes.set()
    for event in events:
        await world.relay.event_in(event, "delivered")
    numbers = [got.json["number"] for got in world.erp.at("/erp")]
    assert numbers.index("F5-first") < numbers.index("F5-second")


async def test_a_replay_with_fetch_asks_again_and_renders_what_it_names_anew(world: World) -> None:
    number = "F7"
    flow(world, number, paid(number, amount=-1), paid(number, amount=7))
    event = await world.relay.accepted("hesi", {"flowId": number})
    dead = await shown(world, event, "voucher", "dead")
    assert "no amount in F7" in dead["reason"]
    assert (await world.relay.run("replay", dead["id"], "--fetch", "--note", "amended there")).code == 0
    await world.relay.event_in(event, "delivered")
    assert [one["amount"] for one in posted(world, number)] == [7]
    again = next(
        one for one in (await world.relay.get(f"/api/events/{event}"))["deliveries"] if one["id"] == dead["id"]
    )
    assert [(one["decided"], one["note"]) for one in again["decisions"]] == [("replay", "amended there")]


async def test_a_replay_with_fetch_makes_the_deliveries_that_were_missing(world: World) -> None:
    number = "F8"
    flow(world, number, says({"code": number, "state": "draft", "amount": 1}), paid(number))
    event = await world.relay.accepted("hesi", {"flowId": number})
    await world.relay.event_in(event, "unrouted")
    assert (await world.relay.run("replay", event, "--fetch")).code == 0
    await world.relay.event_in(event, "delivered")
    assert len(posted(world, number)) == 1


async def test_where_a_source_fetches_nothing_the_name_is_missing_which_is_a_routing_error(world: World) -> None:
    event = await world.relay.accepted("other", {"flowId": "F9"})
    (dead,) = (await world.relay.event_in(event, "dead"))["deliveries"]
    assert "'flow' is missing" in dead["reason"]
    refused = await world.relay.ask("POST", f"/api/deliveries/{dead['id']}/replay", {"fetch": True})
    assert (refused.status, refused.json["error"]) == (409, "nothing_to_fetch")


async def test_an_address_that_cant_be_told_is_a_dead_letter_that_is_replayed(world: World) -> None:
    event = await world.relay.accepted("hesi", {"number": "F10"})
    (dead,) = (await world.relay.event_in(event, "dead"))["deliveries"]
    assert (dead["route"], "body.flowId" in dead["reason"]) == ("fetch:flow", True)
    refused = await world.relay.ask("POST", f"/api/deliveries/{dead['id']}/replay")
    assert (refused.status, refused.json["error"]) == (409, "not_routed")
