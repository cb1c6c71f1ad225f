"""What people decide, by the API: replay, release, pause, resume; and what the origin is then told."""

from typing import Any

import pytest
from played import Answer, Got, Reset, booked, says
from running import Said, until
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUTES = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}", callback: origin}
destinations:
  erp:
    url: ${ERP}/erp
    ambiguous: hold
    stop_after: 0
    result:
      - {when: "status == 200 and body.code == '0'", outcome: delivered, document: "{{ body.data.billCode }}"}
      - {when: "status == 422", outcome: rejected, reason: "{{ body.message }}"}
  parked: {url: "${ERP}/parked"}
  origin: {url: "${ERP}/origin"}
routes:
  - {name: booked, from: expenses, when: body.number is defined, to: erp, once: "{{ body.number }}"}
  - {name: parked, from: expenses, when: body.park is defined, to: parked, order_by: "{{ body.park }}"}
"""


def refuse(_got: Got) -> Answer:
    return says({"message": "no such account"}, 422)


def reset(_got: Got) -> Answer:
    raise Reset


async def decide(world: World, delivery: Any, verb: str, **fields: Any) -> Said:
    return await world.relay.ask("POST", f"/api/deliveries/{delivery['id']}/{verb}", fields)


async def held(world: World, number: str) -> Any:
    """A delivery whose attempt was reset."""
    world.erp.answers["/erp"] = reset
    event = await world.relay.accepted("expenses", {"number": number, "amount": 1})
    delivery = await world.relay.delivery_in(event, "held")
    world.erp.answers["/erp"] = lambda _got: booked(f"V-{number}")
    return delivery


async def told(world: World, delivery: Any, count: int) -> list[Any]:
    """The callbacks of a delivery, once there are that many."""

    async def found() -> list[Any]:
        got = [one.json for one in world.erp.at("/origin")]
        mine = [one for one in got if one["delivery"]["id"] == delivery["id"]]
        return mine if len(mine) >= count else []

    return await until(found)


def asked_for(world: World, number: str) -> int:
    return len([got for got in world.erp.at("/erp") if got.json["number"] == number])


async def test_a_dead_delivery_is_replayed_and_keeps_its_attempts_and_who_asked(world: World) -> None:
    world.erp.answers["/erp"] = refuse
    event = await world.relay.accepted("expenses", {"number": "D1"})
    dead = await world.relay.delivery_in(event, "dead")
    assert dead["reason"] == "rejected: no such account"
    world.erp.answers["/erp"] = lambda _got: booked("V-D1")
    said = await decide(world, dead, "replay", note="the account is there now")
    assert (said.status, said.json["id"]) == (200, dead["id"])
    delivery = await world.relay.delivery_in(event, "delivered")
    refused, sent = delivery["attempts"]
    (asked,) = delivery["decisions"]
    assert (refused["n"], refused["by"], sent["n"], sent["by"]) == (1, None, 2, "operator")
    assert (refused["outcome"], sent["outcome"], delivery["document"]) == ("rejected", "delivered", "V-D1")
    assert (asked["decided"], asked["by"], asked["note"]) == ("replay", "operator", "the account is there now")
    kinds = [one["type"] for one in await told(world, delivery, 2)]
    assert kinds == ["delivery.dead", "delivery.delivered"]


async def test_released_as_delivered_it_has_the_document_that_the_person_found(world: World) -> None:
    delivery = await held(world, "R1")
    assert (await decide(world, delivery, "release", **{"as": "delivered", "note": "seen"})).json[
        "error"
    ] == "document_missing"
    assert (await decide(world, delivery, "release", **{"as": "dead"})).json["error"] == "note_missing"
    said = await decide(world, delivery, "release", **{"as": "delivered", "document": "V-found", "note": "seen in ERP"})
    assert (said.status, said.json["state"], said.json["document"]) == (200, "delivered", "V-found")
    assert asked_for(world, "R1") == 1
    last = (await told(world, delivery, 2))[-1]
    assert (last["type"], last["delivery"]["document"], last["event"]["state"]) == (
        "delivery.delivered",
        "V-found",
        "delivered",
    )
    again = await world.relay.accepted("expenses", {"number": "R1", "amount": 1, "node": "again"})
    assert (await world.relay.delivery_in(again, "held", "delivered"))["document"] in ("V-found", None)
    assert asked_for(world, "R1") == 1


async def test_released_as_retry_it_sends_the_same_bytes_under_the_same_key(world: World) -> None:
    delivery = await held(world, "R2")
    assert (await decide(world, delivery, "release", **{"as": "retry", "note": "looked up"})).status == 200
    await world.relay.delivery_in(delivery["event"], "delivered")
    first, second = [got for got in world.erp.at("/erp") if got.json["number"] == "R2"]
    assert (first.body, first.headers["idempotency-key"]) == (second.body, second.headers["idempotency-key"])


async def test_released_as_dead_it_is_cancelled_and_the_origin_hears_why(world: World) -> None:
    delivery = await held(world, "R3")
    said = await decide(world, delivery, "release", **{"as": "dead", "note": "entered by hand"})
    assert (said.json["state"], said.json["reason"]) == ("dead", "cancelled: entered by hand")
    last = (await told(world, delivery, 2))[-1]
    assert (last["type"], last["delivery"]["reason"]) == ("delivery.dead", "cancelled: entered by hand")
    assert asked_for(world, "R3") == 1


async def test_the_origin_hears_how_many_attempts_there_were_and_decisions_are_none(world: World) -> None:
    delivery = await held(world, "R4")
    world.erp.answers["/erp"] = reset
    await decide(world, delivery, "release", **{"as": "retry", "note": "looked up"})
    await world.relay.delivery_in(delivery["event"], "held", tried=2)
    await decide(world, delivery, "release", **{"as": "dead", "note": "given up"})
    assert (await told(world, delivery, 3))[-1]["delivery"]["attempts"] == 2


async def test_a_delivered_one_is_sent_again_only_with_again_and_a_note(world: World) -> None:
    world.erp.answers["/erp"] = lambda _got: booked("V-A1")
    event = await world.relay.accepted("expenses", {"number": "A1"})
    delivery = await world.relay.delivery_in(event, "delivered")
    assert (await decide(world, delivery, "replay")).status == 409
    assert (await decide(world, delivery, "release", **{"as": "dead", "note": "given up"})).status == 409
    assert (await decide(world, delivery, "replay", again=True)).status == 422
    assert (await decide(world, delivery, "replay", again=True, note="it was deleted in the ERP")).status == 200
    await world.relay.delivery_in(event, "delivered", tried=2)
    assert asked_for(world, "A1") == 2


async def test_what_cannot_be_decided_is_refused_with_the_reason(world: World) -> None:
    delivery = await held(world, "W1")
    wrong = [
        await decide(world, delivery, "release", **{"as": "perhaps"}),
        await decide(world, delivery, "release"),
        await world.relay.ask("POST", f"/api/deliveries/{delivery['id']}/release", b"[1]"),
        await world.relay.ask("POST", f"/api/deliveries/{delivery['id']}/release", b"{"),
        await decide(world, {"id": "dlv_unknown"}, "replay"),
    ]
    assert [one.status for one in wrong] == [422, 422, 400, 400, 404]
    assert all(one.json["error"] and one.json["detail"] for one in wrong)
    assert (await world.relay.delivery_in(delivery["event"], "held"))["attempts"] == delivery["attempts"]


async def test_a_paused_lane_keeps_what_comes_and_lets_it_go_in_order_when_it_is_resumed(world: World) -> None:
    paused = await world.relay.ask("POST", "/api/lanes/parked/pause", {"note": "month end"})
    assert (paused.status, paused.json) == (200, {"destination": "parked", "paused": True})
    events = [await world.relay.accepted("expenses", {"park": "k", "n": n}) for n in range(3)]
    lane = await world.relay.lane("parked")
    assert (lane["paused"], lane["ready"], lane["parked"], lane["in_flight"]) == (True, 1, 2, 0)
    assert "month end" in lane["stopped"]
    assert (await world.relay.ask("POST", "/api/lanes/parked/resume")).status == 200
    for event in events:
        await world.relay.delivery_in(event, "delivered")
    assert [got.json["n"] for got in world.erp.at("/parked")] == [0, 1, 2]
    assert not (await world.relay.lane("parked"))["paused"]
    assert (await world.relay.ask("POST", "/api/lanes/nowhere/pause")).status == 404
