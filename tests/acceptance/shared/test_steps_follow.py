"""Steps that follow a request (`then`): in turn, resumed where they stood, and told one by one."""

import asyncio

import pytest
from played import Answer, Got, booked, says
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUTES = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}"}
destinations:
  k3:
    vars: {base: "${ERP}/k3"}
    url: "{{ vars.base }}/save"
    headers: {X-To: k3}
    posts: true
    ambiguous: lookup
    retry: {first: 100ms}
    lookup: {url: "{{ vars.base }}/find", first: 100ms, times: 1, found: body.data is defined, missing: "false",
             document: "{{ body.data.billCode }}"}
    result: &verdict
      - {when: "status == 200 and body.code == '0'", outcome: delivered, document: "{{ body.data.billCode }}"}
      - {when: "body.code == 'NO'", outcome: rejected, reason: "{{ body.why }}"}
    then:
      - {name: submit, url: "{{ vars.base }}/submit", body: {number: "{{ steps.post.document }}"}, result: *verdict}
      - {name: audit, url: "{{ vars.base }}/audit/{{ steps.submit.document }}", result: *verdict}
routes:
  - {name: k3, from: expenses, to: k3, once: "{{ body.number }}"}
"""


async def sent(world: World, number: str) -> str:
    world.erp.requests.clear()
    world.erp.answers.clear()
    return number


def told(world: World) -> list[str]:
    return [got.target for got in world.erp.requests]


async def test_each_step_follows_the_one_before_and_is_shown(world: World) -> None:
    number = await sent(world, "B1")
    delivery = await world.relay.delivery_in(await world.relay.accepted("expenses", {"number": number}), "delivered")
    assert told(world) == ["/k3/save", "/k3/submit", "/k3/audit/V-2"]
    assert world.erp.requests[1].json == {"number": "V-1"}
    assert delivery["document"] == "V-3"
    shown = [(one["n"], one["step"], one["outcome"]) for one in delivery["attempts"]]
    assert shown == [(1, "post", "delivered"), (1, "submit", "delivered"), (1, "audit", "delivered")]
    save, submit, _ = world.erp.requests
    assert submit.headers["x-to"] == "k3"
    assert submit.headers["idempotency-key"] == save.headers["idempotency-key"] + "-submit"
    assert "attempt 1 submit" in (await world.relay.run("show", delivery["event"])).out


async def test_a_doubtful_step_comes_again_and_none_before_it(world: World) -> None:
    number, times = await sent(world, "B2"), iter(range(10))
    world.erp.answers["/k3/submit"] = lambda _got: says(None, 500) if next(times) < 2 else booked("S")
    await world.relay.delivery_in(await world.relay.accepted("expenses", {"number": number}), "delivered")
    assert told(world) == ["/k3/save", *["/k3/submit"] * 3, "/k3/audit/S"]


async def test_a_request_in_doubt_that_is_found_goes_on_with_its_steps(world: World) -> None:
    number = await sent(world, "B3")
    world.erp.answers |= {"/k3/save": lambda _got: says(None, 500), "/k3/find": lambda _got: booked("V-found")}
    delivery = await world.relay.delivery_in(await world.relay.accepted("expenses", {"number": number}), "delivered")
    assert [target.partition("?")[0] for target in told(world)][:3] == ["/k3/save", "/k3/find", "/k3/submit"]
    assert world.erp.at("/k3/submit")[0].json == {"number": "V-found"}
    assert len(world.erp.at("/k3/save")) == 1
    assert delivery["document"]


async def test_a_refused_step_is_dead_and_a_persons_retry_goes_on_there(world: World) -> None:
    number = await sent(world, "B4")
    world.erp.answers["/k3/submit"] = lambda _got: says({"code": "NO", "why": "period closed"})
    dead = await world.relay.delivery_in(await world.relay.accepted("expenses", {"number": number}), "dead")
    assert dead["reason"] == "rejected: submit: period closed"
    replayed = await world.relay.ask("POST", f"/api/deliveries/{dead['id']}/replay")
    assert (replayed.status, replayed.json["error"]) == (409, "posted")
    again = await world.relay.accepted("expenses", {"number": number, "again": True})
    world.erp.answers.clear()
    await world.relay.ask("POST", f"/api/deliveries/{dead['id']}/release", {"as": "retry", "note": "it may go on"})
    await world.relay.event_in(dead["event"], "delivered")
    held = await world.relay.delivery_in(again, "held")
    assert held["reason"].startswith("again: booked as V-")
    assert len(world.erp.at("/k3/save")) == 1


async def test_an_outage_between_two_steps_waits_and_books_once(world: World) -> None:
    number, asked = await sent(world, "B5"), asyncio.Event()

    async def busy(_got: Got) -> Answer:
        if asked.is_set():
            return booked("A")
        asked.set()
        return says(None, 503, Retry_After="0")

    world.erp.answers["/k3/submit"] = busy
    await world.relay.delivery_in(await world.relay.accepted("expenses", {"number": number}), "delivered")
    assert told(world) == ["/k3/save", "/k3/submit", "/k3/submit", "/k3/audit/A"]
