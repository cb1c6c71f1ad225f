"""Status callbacks: what the origin is told, in which order, signed how (CONTRACT section 4)."""

import re
from typing import Any

import pytest
from played import Got, booked, says
from running import until
from signing import SECRET, standard_webhooks
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUTES = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}", callback: origin}
  choosy:
    verify: standard-webhooks
    secret: ${SECRET}
    callback: {to: origin, on: [dead, retrying], routes: [first]}
  shaped: {verify: standard-webhooks, secret: "${SECRET}", callback: own-shape}
  silent: {verify: standard-webhooks, secret: "${SECRET}", callback: none}
destinations:
  base:
    abstract: true
    url: ${ERP}/erp
    retry: {first: 100ms, factor: 1}
    breaker: {failures: 100, probe: 200ms, cap: 400ms}
    stop_after: 0
    result:
      - when: "status == 200 and body.code == '0'"
        outcome: delivered
        document: "{{ body.data.billCode }}"
        data: {period: "{{ body.data.period }}"}
      - {when: "body.code == 'CLOSED'", outcome: held, reason: "{{ body.message }}"}
      - {when: "status >= 500", outcome: retry}
      - {when: "status == 422", outcome: rejected, reason: "{{ body.message }}"}
  erp: {extends: base}
  second: {extends: base, url: "${ERP}/second"}
  origin:
    url: ${ERP}/origin
    retry: {first: 100ms, factor: 1}
    breaker: {failures: 100, probe: 200ms, cap: 400ms}
    sign: {scheme: standard-webhooks, secret: "${SECRET}"}
  own-shape:
    url: ${ERP}/shaped/{{ origin.body.flow }}
    retry: {first: 100ms}
    headers: {X-Tenant: "{{ origin.headers['x-tenant'] | default('none') }}"}
    request:
      body:
        flow: "{{ origin.body.flow }}"
        amount: "{{ origin.body.amount }}"
        voucher: "{{ body.delivery.document }}"
        period: "{{ delivery.data.period }}"
        good: "{{ body.type == 'delivery.delivered' }}"
routes:
  - {name: first, from: [expenses, choosy, shaped, silent], to: erp, order_by: "{{ body.number }}"}
  - {name: second, from: [expenses, choosy], when: body.twice is defined, to: second}
"""


async def callbacks(world: World, event: str, count: int, path: str = "/origin") -> list[Got]:
    """What the origin was told of an event, once there is that much."""

    async def found() -> list[Got]:
        mine = [got for got in world.erp.at(path) if got.headers["relay-event-id"] == event]
        return mine if len(mine) >= count else []

    return await until(found)


async def test_a_delivered_one_is_told_with_the_document_in_the_promised_shape(world: World) -> None:
    world.erp.answers["/erp"] = lambda _got: booked("V-2026-0001")
    event = await world.relay.accepted("expenses", {"type": "expense.paid", "number": "B1"}, event="msg_b1")
    (got,) = await callbacks(world, event, 1)
    told = got.json
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told.pop("at"))
    shown = await world.relay.event_in(event, "delivered")
    assert told == {
        "type": "delivery.delivered",
        "seq": 1,
        "event": {
            "id": event,
            "source": "expenses",
            "type": "expense.paid",
            "external_id": "msg_b1",
            "state": "delivered",
        },
        "delivery": {
            "id": shown["deliveries"][0]["id"],
            "route": "first",
            "destination": "erp",
            "state": "delivered",
            "attempts": 1,
            "document": "V-2026-0001",
            "reason": None,
            "order_key": "B1",
        },
    }


async def test_it_is_signed_by_the_scheme_of_the_origins_destination(world: World) -> None:
    event = await world.relay.accepted("expenses", {"number": "B2"})
    (got,) = await callbacks(world, event, 1)
    stamp = int(got.headers["webhook-timestamp"])
    right = standard_webhooks(got.body, SECRET, got.headers["webhook-id"], stamp)
    assert got.headers["webhook-signature"] == right["webhook-signature"]
    assert got.headers["webhook-id"] == got.headers["idempotency-key"]
    assert got.headers["content-type"] == "application/json"


async def test_a_dead_and_a_held_one_are_told_with_their_reasons(world: World) -> None:
    answers = {"B3": says({"message": "no such account"}, 422), "B4": says({"code": "CLOSED", "message": "已结账"})}
    world.erp.answers["/erp"] = lambda got: answers.get(got.json["number"], booked("V"))
    dead, held = [await world.relay.accepted("expenses", {"number": number}) for number in answers]
    (said_dead,), (said_held,) = await callbacks(world, dead, 1), await callbacks(world, held, 1)
    assert [
        (one.json["type"], one.json["delivery"]["reason"], one.json["event"]["state"]) for one in (said_dead, said_held)
    ] == [
        ("delivery.dead", "rejected: no such account", "dead"),
        ("delivery.held", "hold: 已结账", "held"),
    ]
    replayed = said_held.json["delivery"]["id"]
    answers.clear()
    await world.relay.ask("POST", f"/api/deliveries/{replayed}/replay")
    first, then = [got.json for got in await callbacks(world, held, 2)]
    assert (then["type"], then["seq"] > first["seq"], then["delivery"]["attempts"]) == ("delivery.delivered", True, 2)


async def test_the_callbacks_of_one_event_carry_a_rising_seq_over_all_its_deliveries(world: World) -> None:
    world.erp.answers.pop("/erp", None)
    event = await world.relay.accepted("expenses", {"number": "B5", "twice": True})
    told = [got.json for got in await callbacks(world, event, 2)]
    assert sorted(one["seq"] for one in told) == [1, 2]
    assert {one["delivery"]["destination"] for one in told} == {"erp", "second"}
    assert {one["seq"]: one["event"]["state"] for one in told} == {1: "pending", 2: "delivered"}


async def test_only_the_kinds_and_routes_that_the_source_wants_are_told(world: World) -> None:
    tries = iter([says({}, 500), says({"message": "no"}, 422)])
    world.erp.answers["/erp"] = lambda _got: next(tries, booked("V"))
    event = await world.relay.accepted("choosy", {"number": "B6", "twice": True})
    told = [got.json["type"] for got in await callbacks(world, event, 2)]
    assert told == ["delivery.retrying", "delivery.dead"]
    shown = await world.relay.event_in(event, "partial")
    assert len(shown["callbacks"]) == 2
    good = await world.relay.event_in(await world.relay.accepted("choosy", {"number": "B7"}), "delivered")
    assert good["callbacks"] == []


async def test_the_origin_gets_its_own_shape_from_its_event_and_from_what_the_erp_said(world: World) -> None:
    world.erp.answers["/erp"] = lambda _got: booked("V-7")
    body = b'{"number": "B8", "flow": "F-8", "amount": 1234567890123456.10}'
    headers = standard_webhooks(body) | {"X-Tenant": "1010"}
    said = await world.relay.ask("POST", "/in/shaped", body, headers, token=None)
    (got,) = await callbacks(world, said.json["id"], 1, "/shaped/F-8")
    assert got.headers["x-tenant"] == "1010"
    assert got.body == (b'{"flow":"F-8","amount":1234567890123456.10,"voucher":"V-7","period":"2026-03","good":true}')


async def test_a_callback_is_tried_again_until_the_origin_has_it_and_makes_no_callback_itself(world: World) -> None:
    tries = iter([says({}, 500), says({}, 503, Retry_After="0"), says({}, 408)])
    world.erp.answers["/origin"] = lambda _got: next(tries, says({}))
    event = await world.relay.accepted("expenses", {"number": "B9"})
    told = await callbacks(world, event, 4)
    assert len({got.body for got in told}) == 1
    assert len({got.headers["webhook-id"] for got in told}) == 1

    async def answered() -> Any:
        shown = await world.relay.get(f"/api/events/{event}")
        return shown if shown["callbacks"][0]["state"] == "delivered" else None

    shown = await until(answered)
    assert len(shown["deliveries"]) == len(shown["callbacks"]) == 1
    assert shown["state"] == "delivered"
    assert len(told) == 4


async def test_a_dead_callback_changes_nothing_of_its_event_and_can_be_replayed(world: World) -> None:
    world.erp.answers["/origin"] = lambda _got: says({}, 400)
    event = await world.relay.accepted("expenses", {"number": "B10"})

    async def ended() -> Any:
        shown = await world.relay.get(f"/api/events/{event}")
        return shown if [one["state"] for one in shown["callbacks"]] == ["dead"] else None

    shown = await until(ended)
    assert shown["state"] == "delivered"
    world.erp.answers.pop("/origin")
    (callback,) = shown["callbacks"]
    assert (await world.relay.ask("POST", f"/api/deliveries/{callback['id']}/replay")).status == 200
    first, then = await callbacks(world, event, 2)
    assert then.body == first.body


async def test_where_a_source_says_none_nobody_is_told(world: World) -> None:
    shown = await world.relay.event_in(await world.relay.accepted("silent", {"number": "B11"}), "delivered")
    assert shown["callbacks"] == []
