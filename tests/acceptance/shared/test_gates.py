"""What a request must pass before it is sent: `require`, `hold` until a person released it, and schemas."""

import json
from typing import Any

import pytest
from played import booked, says
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUTES = """
version: 1
defaults: {timezone: Asia/Shanghai}
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}"}
  invoices: {verify: standard-webhooks, secret: "${SECRET}", schema: invoice.json}
destinations:
  erp:
    url: ${ERP}/erp
    breaker: {probe: 100ms, cap: 200ms}
    retry: {first: 100ms, cap: 200ms}
    result:
      - {when: "status == 200 and body.code == '0'", outcome: delivered, document: "{{ body.data.billCode }}"}
  archive: {url: "${ERP}/archive", schema: archived.yaml}
routes:
  - {name: invoices, from: invoices, when: "body.details[0].amount > 0", to: archive, order_by: "{{ body.number }}"}
  - name: voucher
    from: expenses
    when: event.type == 'expense.paid'
    to: erp
    once: "{{ body.number }}"
    require:
      - {that: request.body.lines is balanced, else: "借贷不平"}
      - {that: body.entity is defined, else: "no entity in {{ body.number }}"}
    hold: "{{ 'more than 50000' if body.amount > 50000 else false }}"
    request: &voucher
      body:
        lines:
          - {account: "6601", debit: "{{ body.amount }}"}
          - {account: "1002", credit: "{{ body.paid | default(body.amount) }}"}
        entity: "{{ body.entity | default('') }}"
  - {name: shadow, from: expenses, when: event.type == 'expense.shadow', to: erp, hold: true, request: *voucher}
"""

FILES = {
    "invoice.json": """{"type": "object", "required": ["number", "details"], "properties":
        {"number": {"type": "string"}, "details": {"type": "array", "items": {"$ref": "detail.json"}}}}""",
    "detail.json": """{"required": ["amount"], "properties": {"amount": {"type": "number", "multipleOf": 0.01}}}""",
    "archived.yaml": "properties: {number: {maxLength: 4}}\n",
}


async def sent(world: World, number: str, kind: str = "expense.paid", **body: Any) -> str:
    return await world.relay.accepted("expenses", {"type": kind, "number": number, "entity": "1010", **body})


async def release(world: World, delivery: Any, **said: str) -> None:
    said = {"as": "retry", "note": "seen", **said}
    assert (await world.relay.ask("POST", f"/api/deliveries/{delivery['id']}/release", said)).status == 200


def numbers(world: World, entity: str) -> list[Any]:
    return [got.json for got in world.erp.at("/erp") if got.json["entity"] == entity]


async def test_a_request_that_fails_what_its_route_requires_is_a_dead_letter_with_the_reason(world: World) -> None:
    event = await sent(world, "R1", amount=12.30, paid=12.31)
    dead = await world.relay.delivery_in(event, "dead")
    assert dead["reason"].startswith("mapping: 借贷不平, routes.yaml:")
    assert all(attempt["request"] is None for attempt in dead["attempts"])
    assert not [got for got in world.erp.at("/erp") if b"12.31" in got.body]


async def test_what_is_required_is_asked_again_when_a_person_tries_it_again(world: World) -> None:
    event = await world.relay.accepted("expenses", {"type": "expense.paid", "number": "R2", "amount": 1})
    dead = await world.relay.delivery_in(event, "dead")
    assert "no entity in R2" in dead["reason"]
    await release(world, dead)
    again = await world.relay.delivery_in(event, "dead", tried=2)
    assert "no entity in R2" in again["reason"]


async def test_what_is_held_is_shown_as_it_would_be_sent_and_sent_so_when_it_is_released(world: World) -> None:
    event = await sent(world, "H1", amount=50000.10, entity="H1")
    held = await world.relay.delivery_in(event, "held")
    assert held["reason"] == "hold: more than 50000"
    (shown,) = held["attempts"]
    assert (shown["outcome"], shown["n"], shown["response"]) == ("held", 0, None)
    assert json.loads(shown["request"]["body"])["lines"][0] == {"account": "6601", "debit": 50000.10}
    assert numbers(world, "H1") == []
    await release(world, held)
    delivered = await world.relay.delivery_in(event, "delivered")
    (got,) = [got for got in world.erp.at("/erp") if got.json["entity"] == "H1"]
    assert got.body.decode() == shown["request"]["body"]
    assert got.headers["idempotency-key"] == shown["request"]["headers"]["Idempotency-Key"]
    assert delivered["document"]


async def test_what_is_below_the_limit_goes_at_once(world: World) -> None:
    event = await sent(world, "H2", amount=50000, entity="H2")
    assert (await world.relay.delivery_in(event, "delivered"))["document"]


async def test_in_shadow_all_is_shown_and_a_replay_shows_it_anew(world: World) -> None:
    event = await sent(world, "S1", "expense.shadow", amount=1, entity="S1")
    held = await world.relay.delivery_in(event, "held")
    assert held["reason"] == "hold: its route says so"
    assert (await world.relay.ask("POST", f"/api/deliveries/{held['id']}/replay", {})).status == 200
    again = await world.relay.delivery_in(event, "held", tried=2)
    assert [decision["decided"] for decision in again["decisions"]] == ["replay"]
    assert again["attempts"][0]["request"]["body"] == again["attempts"][1]["request"]["body"]
    assert numbers(world, "S1") == []
    await release(world, again)
    await world.relay.delivery_in(event, "delivered")


async def test_what_was_released_needs_no_second_release_when_the_lane_is_ill(world: World) -> None:
    event = await sent(world, "S2", "expense.shadow", amount=2, entity="S2")
    held = await world.relay.delivery_in(event, "held")
    answers = iter([says({}, 404), says({}, 401)])
    world.erp.answers["/erp"] = lambda _got: next(answers, booked("V-S2"))
    await release(world, held)
    delivered = await world.relay.delivery_in(event, "delivered")
    world.erp.answers.pop("/erp")
    assert delivered["document"] == "V-S2"
    assert len(numbers(world, "S2")) == 3
    assert "held" not in [attempt["outcome"] for attempt in delivered["attempts"][1:]]


async def test_an_event_of_another_shape_is_kept_as_dead_with_the_places_and_not_refused(world: World) -> None:
    event = await world.relay.accepted("invoices", {"number": 7, "details": [{"amount": "12.30"}, {"amount": 0.001}]})
    dead = await world.relay.delivery_in(event, "dead")
    assert dead["reason"] == (
        'routing: schema: body.details[0].amount: it is not of type "number"; '
        'body.details[1].amount: it is not a multiple of 0.01; body.number: it is not of type "string"'
    )
    said = await world.relay.ask("POST", f"/api/deliveries/{dead['id']}/replay", {})
    assert (said.status, "body.number: it is not of type" in said.json["detail"]) == (409, True)


async def test_an_event_of_the_right_shape_goes_on(world: World) -> None:
    event = await world.relay.accepted("invoices", {"number": "I1", "details": [{"amount": 0.29}]})
    await world.relay.delivery_in(event, "delivered")


async def test_a_request_of_another_shape_is_a_dead_letter_and_not_sent(world: World) -> None:
    event = await world.relay.accepted("invoices", {"number": "I2345", "details": [{"amount": 1}]})
    dead = await world.relay.delivery_in(event, "dead")
    assert dead["reason"] == "mapping: schema: request.body.number: it is longer than 4 characters"
    assert not [got for got in world.erp.at("/archive") if b"I2345" in got.body]
