"""What is accepted and confirmed later (`confirm`): asked again and again, or told by the destination itself."""

import asyncio
import json
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest
from played import Answer, Got, says
from running import Said, until
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUTES = """
version: 1
server: {public_url: "https://relay.example.com/"}
sources:
  expenses:
    verify: standard-webhooks
    secret: "${SECRET}"
    callback: {to: origin, on: [accepted, delivered, held, dead]}
destinations:
  taken:
    abstract: true
    posts: true
    retry: {first: 100ms}
    result: [{when: status == 202, outcome: accepted, document: "{{ body.job }}", data: {queue: "{{ body.queue }}"}}]
  polled:
    extends: taken
    url: ${ERP}/polled
    request: {body: {number: "{{ body.number }}"}}
    confirm: &asks
      url: "${ERP}/jobs/{{ accepted.document }}"
      first: 100ms
      cap: 200ms
      result: &said
        - {when: "body.state == 'RUNNING'", outcome: accepted}
        - {when: "body.state == 'DONE'", outcome: delivered, document: "{{ body.voucher }}"}
        - {when: "body.state == 'FAILED'", outcome: rejected, reason: "{{ body.why }}"}
  hasty: {extends: polled, url: "${ERP}/hasty", confirm: {within: 300ms}}
  stepped:
    extends: polled
    url: ${ERP}/stepped
    then: [{name: submit, url: "${ERP}/submit/{{ steps.post.document }}", body: {queue: "{{ steps.post.data.queue }}"}}]
  heard: &heard
    extends: taken
    url: ${ERP}/heard
    request: {body: {number: "{{ body.number }}", answer_to: "{{ delivery.confirm_url }}"}}
    confirm: {within: 24h, callback: {result: *said}}
  silent: {extends: heard, url: "${ERP}/silent", confirm: {within: 300ms}}
  origin: {url: "${ERP}/origin"}
routes:
  - {name: all, from: expenses, to: "{{ body.to }}", once: "{{ body.number }}", order_by: "{{ body.number }}"}
"""


NUMBERS = count(1)


def job(_got: Got) -> Answer:
    return says({"job": "J-1", "queue": "q7"}, 202)


class Asked:
    """What the jobs' page answers: each state once, the last for ever."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)

    def __call__(self, _got: Got) -> Answer:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


async def sent(world: World, to: str, *answers: Answer) -> str:
    world.erp.requests.clear()
    world.erp.answers = {f"/{to}": job, "/jobs/J-1": Asked(*answers or (says({"state": "RUNNING"}),))}
    return await world.relay.accepted("expenses", {"to": to, "number": f"B{next(NUMBERS)}"})


async def test_it_is_asked_until_the_destination_says_that_it_is_done(world: World) -> None:
    running = says({"state": "RUNNING"})
    event = await sent(world, "polled", running, says(None, 503, Retry_After="0"), says(None, 500), running,
                       says({"state": "DONE", "voucher": "V-9"}))  # fmt: skip
    delivery = await world.relay.delivery_in(event, "delivered")
    assert delivery["document"] == "V-9"
    assert len(world.erp.at("/polled")) == 1
    assert len(world.erp.at("/jobs/J-1")) == 5
    outcomes = [(one["step"], one["outcome"]) for one in delivery["attempts"]]
    assert outcomes[0] == (None, "accepted")
    assert outcomes[-1] == ("confirm", "delivered")
    assert {one["n"] for one in delivery["attempts"]} == {1}


async def test_while_it_waits_it_is_shown_as_confirming_with_when_it_is_asked_next(world: World) -> None:
    event = await sent(world, "polled")
    shown = await world.relay.delivery_in(event, "confirming", tried=2)
    assert shown["document"] == "J-1"
    await until(lambda: is_due(world, event))
    await release(world, shown["id"], "dead")
    assert (await world.relay.delivery_in(event, "dead"))["reason"].startswith("cancelled")


async def is_due(world: World, event: str) -> bool:
    shown = await world.relay.delivery_in(event, "confirming", "in_flight")
    return shown["state"] == "confirming" and shown["next_attempt_at"] is not None


async def release(world: World, delivery: str, to: str, **more: str) -> None:
    """Between two times that it is asked."""

    async def released() -> bool:
        said = await world.relay.ask(
            "POST", f"/api/deliveries/{delivery}/release", {"as": to, "note": "looked up", **more}
        )
        return said.status == 200

    await until(released)


async def test_it_ends_as_the_destination_says_in_the_end(world: World) -> None:
    event = await sent(world, "polled", says({"state": "FAILED", "why": "no such account"}))
    assert (await world.relay.delivery_in(event, "dead"))["reason"] == "rejected: confirm: no such account"


async def test_the_origin_hears_of_it_once_when_it_is_taken_and_once_when_it_ended(world: World) -> None:
    running = says({"state": "RUNNING"})
    event = await sent(world, "polled", running, running, running, says({"state": "DONE", "voucher": "V-1"}))
    await world.relay.event_in(event, "delivered")
    told = [got.json for got in await world.erp.count("/origin", 2)]
    assert [one["type"] for one in told if one["event"]["id"] == event] == ["delivery.accepted", "delivery.delivered"]


async def test_after_the_stated_time_a_person_decides_and_may_have_it_asked_again(world: World) -> None:
    event = await sent(world, "hasty")
    held = await world.relay.delivery_in(event, "held")
    assert held["reason"].startswith("unknown: not confirmed within 300ms, the last: ")
    world.erp.answers["/jobs/J-1"] = Asked(says({"state": "DONE", "voucher": "V-2"}))
    await release(world, held["id"], "retry")
    assert (await world.relay.delivery_in(event, "delivered"))["document"] == "V-2"
    assert len(world.erp.at("/hasty")) == 1


async def test_what_is_confirmed_goes_on_with_its_steps(world: World) -> None:
    event = await sent(world, "stepped", says({"state": "DONE"}))
    await world.relay.delivery_in(event, "delivered")
    (submitted,) = world.erp.at("/submit/J-1")
    assert submitted.json == {"queue": "q7"}


async def confirmed(world: World, url: str, body: Any) -> Said:
    """What the destination posts to the address that it was told."""
    return await world.relay.ask("POST", urlsplit(url).path, body, {"Content-Type": "application/json"}, token=None)


async def address(world: World, to: str) -> str:
    (got,) = await world.erp.count(f"/{to}", 1)
    assert got.json["answer_to"].startswith("https://relay.example.com/confirm/dlv_")
    return got.json["answer_to"]


async def test_the_destination_may_say_it_itself(world: World) -> None:
    event = await sent(world, "heard")
    url = await address(world, "heard")
    await world.relay.delivery_in(event, "confirming")
    assert (await confirmed(world, url, {"state": "RUNNING"})).status == 200
    assert (await world.relay.delivery_in(event, "confirming", tried=3))["document"] == "J-1"
    assert (await confirmed(world, url, {"state": "DONE", "voucher": "V-5"})).status == 200
    delivery = await world.relay.delivery_in(event, "delivered")
    assert delivery["document"] == "V-5"
    assert [got.target for got in world.erp.requests if got.method == "GET"] == []
    posted = [one for one in delivery["attempts"] if one["outcome"] is None]
    assert [json.loads(one["response"]["body"])["state"] for one in posted] == ["RUNNING", "DONE"]


async def test_what_it_says_before_its_answer_came_is_not_lost(world: World) -> None:
    said = asyncio.Event()

    async def answer(got: Got) -> Answer:
        assert (await confirmed(world, got.json["answer_to"], {"state": "DONE", "voucher": "V-6"})).status == 200
        said.set()
        return job(got)

    event = await sent(world, "heard")
    world.erp.answers["/heard"] = answer
    assert (await world.relay.delivery_in(event, "delivered"))["document"] == "V-6"
    assert said.is_set()


async def test_what_is_said_twice_or_after_the_end_changes_nothing(world: World) -> None:
    event = await sent(world, "heard")
    url = await address(world, "heard")
    for _ in range(2):
        assert (await confirmed(world, url, {"state": "FAILED", "why": "closed"})).status == 200
    dead = await world.relay.delivery_in(event, "dead")
    assert (await confirmed(world, url, {"state": "DONE", "voucher": "V-7"})).status == 200
    after = await world.relay.delivery_in(event, "dead", tried=len(dead["attempts"]) + 1)
    assert (after["reason"], after["document"]) == ("rejected: confirm: closed", dead["document"])
    assert "V-7" in after["attempts"][-1]["response"]["body"]


async def test_where_nothing_is_said_in_time_a_person_decides(world: World) -> None:
    event = await sent(world, "silent")
    held = await world.relay.delivery_in(event, "held")
    assert held["reason"].startswith("unknown: not confirmed within 300ms")


@pytest.mark.parametrize("wrong", ["cfm_" + "0" * 40, "x", "cfm_", "é"])
async def test_a_wrong_token_finds_nothing(world: World, wrong: str) -> None:
    event = await sent(world, "heard")
    url = await address(world, "heard")
    said = await confirmed(world, f"{url.rpartition('/')[0]}/{wrong}", {"state": "DONE", "voucher": "V-8"})
    assert said.status == 404
    shown = await world.relay.delivery_in(event, "confirming")
    other = url.replace(shown["id"], "dlv_" + "0" * 24)
    assert (await confirmed(world, other, {"state": "DONE"})).status == 404
    assert (await world.relay.delivery_in(event, "confirming"))["state"] == "confirming"


async def test_too_large_a_body_is_refused(world: World) -> None:
    event = await sent(world, "heard")
    assert (await confirmed(world, await address(world, "heard"), {"state": "x" * 70_000})).status == 413
    await world.relay.delivery_in(event, "confirming")


async def test_the_token_is_shown_nowhere(world: World) -> None:
    event = await sent(world, "heard")
    token = (await address(world, "heard")).rpartition("/")[2]
    await world.relay.delivery_in(event, "confirming")
    shown = await world.relay.get(f"/api/events/{event}")
    assert token not in json.dumps(shown)
    assert "/confirm/dlv_" in json.dumps(shown)
    assert token not in world.relay.log
