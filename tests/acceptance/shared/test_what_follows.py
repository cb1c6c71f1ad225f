"""`after:` makes a delivery when another has ended, `reverses:` takes back what is booked, or cancels what isn't."""

import pytest
from played import booked, says
from running import until
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUTES = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}", callback: origin}
destinations:
  erp:
    url: ${ERP}/erp
    posts: true
    concurrency: 4
    retry: {first: 100ms, factor: 1}
    breaker: {failures: 100, probe: 200ms, cap: 400ms}
    stop_after: 0
    result:
      - when: "status == 200 and body.code == '0'"
        outcome: delivered
        document: "{{ body.data.billCode }}"
        data: {period: "{{ body.data.period }}"}
      - {when: "body.code == 'LOCKED'", outcome: retry, after: 10m}
      - {when: "body.code == 'CLOSED'", outcome: held, reason: "{{ body.message }}"}
      - {when: "body.code == 'NO'", outcome: rejected, reason: "{{ body.message }}"}
  archive: {url: "${ERP}/archive"}
  desk: {url: "${ERP}/desk"}
  origin: {url: "${ERP}/origin", sign: {scheme: standard-webhooks, secret: "${SECRET}"}}
routes:
  - {name: voucher, from: expenses, when: event.type == 'paid', to: erp, once: "{{ body.number }}"}
  - name: archived
    from: expenses
    after: {routes: voucher}
    when: prior.document is not none
    to: archive
    order_by: "{{ prior.document }}"
    request:
      body:
        number: "{{ body.number }}"
        voucher: "{{ prior.document }}"
        period: "{{ prior.data.period | default('') }}"
  - {name: told, from: expenses, after: {routes: [voucher], state: dead}, to: desk, when: body.desk is defined}
  - name: broken
    from: expenses
    after: {routes: archived}
    when: body.broken is defined and prior.data.nothing > 1
    to: desk
  - {name: unsure, from: expenses, when: "body.unsure is defined and body.unsure > 1", to: desk}
  - name: unsure-told
    from: expenses
    after: {routes: unsure, state: dead}
    to: desk
    request: {body: {about: "{{ prior.route }}", number: "{{ body.number }}"}}
  - {name: broken-told, from: expenses, after: {routes: broken, state: dead}, to: desk, request: {body: {broken: true}}}
  - name: taken-back
    from: expenses
    when: event.type == 'revoked'
    to: erp
    once: "{{ body.number }}-back"
    reverses: "{{ body.number }}"
    request: {body: {back: "{{ prior.document }}", period: "{{ prior.data.period | default('unknown') }}"}}
"""


async def shown(world: World, event: str, route: str, state: str) -> dict:
    """The delivery of one route, once it is in that state."""

    async def found() -> dict | None:
        deliveries = (await world.relay.get(f"/api/events/{event}"))["deliveries"]
        return next((one for one in deliveries if (one["route"], one["state"]) == (route, state)), None)

    return await until(found)


def answering(world: World, number: str, *answers: object) -> None:
    """What the ERP says of one document's requests, in turn; the last one stays."""
    left = list(answers)
    plain = world.erp.answers.get("/erp", lambda _got: booked("V-0"))

    def answer(got: object) -> object:
        said = got.json
        if number not in {said.get("number"), said.get("back")}:
            return plain(got)
        return left.pop(0) if len(left) > 1 else left[0]

    world.erp.answers["/erp"] = answer


async def test_what_comes_after_has_the_earlier_ones_document_and_data(world: World) -> None:
    answering(world, "A1", booked("V-A1"))
    event = await world.relay.accepted("expenses", {"type": "paid", "number": "A1"})
    await shown(world, event, "archived", "delivered")
    (got,) = [got for got in world.erp.at("/archive") if got.json["number"] == "A1"]
    assert got.json == {"number": "A1", "voucher": "V-A1", "period": "2026-03"}


async def test_an_event_is_delivered_when_what_follows_has_ended_too(world: World) -> None:
    answering(world, "A2", booked("V-A2"))
    world.erp.answers["/archive"] = lambda _got: says({}, 500)
    event = await world.relay.accepted("expenses", {"type": "paid", "number": "A2"})
    held = await shown(world, event, "archived", "held")
    assert (await world.relay.get(f"/api/events/{event}"))["state"] == "held"
    del world.erp.answers["/archive"]
    await world.relay.run("release", held["id"], "--as", "retry", "--note", "it is back")
    await world.relay.event_in(event, "delivered")


async def test_it_follows_only_the_end_that_it_waits_for(world: World) -> None:
    answering(world, "A3", says({"code": "NO", "message": "no such cost centre"}))
    event = await world.relay.accepted("expenses", {"type": "paid", "number": "A3", "desk": True})
    await shown(world, event, "told", "delivered")
    routes = [one["route"] for one in (await world.relay.get(f"/api/events/{event}"))["deliveries"]]
    assert sorted(routes) == ["told", "voucher"]


async def test_what_a_person_releases_as_delivered_leads_on_once(world: World) -> None:
    answering(world, "A4", says({"code": "CLOSED", "message": "period closed"}))
    event = await world.relay.accepted("expenses", {"type": "paid", "number": "A4"})
    held = await shown(world, event, "voucher", "held")
    await world.relay.run("release", held["id"], "--as", "delivered", "--document", "V-BY-HAND", "--note", "booked")
    await shown(world, event, "archived", "delivered")
    (got,) = [got for got in world.erp.at("/archive") if got.json["number"] == "A4"]
    assert got.json["voucher"] == "V-BY-HAND"


async def test_a_condition_that_fails_there_makes_a_dead_letter_and_the_earlier_one_stands(world: World) -> None:
    answering(world, "A5", booked("V-A5"))
    event = await world.relay.accepted("expenses", {"type": "paid", "number": "A5", "broken": True})
    dead = await shown(world, event, "broken", "dead")
    assert dead["reason"].startswith("routing: routes.yaml:")
    await shown(world, event, "voucher", "delivered")
    await shown(world, event, "archived", "delivered")
    await shown(world, event, "broken-told", "delivered")


async def test_what_follows_the_dead_follows_one_that_was_born_so(world: World) -> None:
    event = await world.relay.accepted("expenses", {"type": "other", "number": "A6", "unsure": "text"})
    await shown(world, event, "unsure-told", "delivered")
    assert {"about": "unsure", "number": "A6"} in [got.json for got in world.erp.at("/desk")]


async def test_a_follower_that_was_born_dead_is_replayed_once_its_route_is_mended(world: World) -> None:
    answering(world, "A7", booked("V-A7"))
    event = await world.relay.accepted("expenses", {"type": "paid", "number": "A7", "broken": True})
    dead = await shown(world, event, "broken", "dead")
    refused = await world.relay.ask("POST", f"/api/deliveries/{dead['id']}/replay")
    assert (refused.status, refused.json["error"]) == (409, "not_routed")
    assert "prior.data.nothing" in refused.json["detail"]
    world.relay.write(ROUTES.replace("prior.data.nothing > 1", "prior.destination == 'archive'"))
    try:

        async def replayed() -> bool:
            return (await world.relay.ask("POST", f"/api/deliveries/{dead['id']}/replay")).status == 200

        await until(replayed)
        await shown(world, event, "broken", "delivered")
    finally:
        world.relay.write(ROUTES)


async def test_a_reversal_sees_what_was_booked_under_the_key(world: World) -> None:
    answering(world, "R1", booked("V-R1"))
    await world.relay.event_in(await world.relay.accepted("expenses", {"type": "paid", "number": "R1"}), "delivered")
    event = await world.relay.accepted("expenses", {"type": "revoked", "number": "R1"})
    await shown(world, event, "taken-back", "delivered")
    assert [got.json for got in world.erp.at("/erp") if got.json.get("back")][-1] == {
        "back": "V-R1",
        "period": "2026-03",
    }


@pytest.mark.parametrize("answer", ["LOCKED", "CLOSED", "NO"])
async def test_what_isnt_posted_is_cancelled_instead_and_nothing_is_sent(world: World, answer: str) -> None:
    """It waits to be tried again, is held, or is dead."""
    number = f"R-{answer}"
    answering(world, number, says({"code": answer, "message": "not now"}))
    state = {"LOCKED": "waiting", "CLOSED": "held", "NO": "dead"}[answer]
    first = await world.relay.accepted("expenses", {"type": "paid", "number": number})
    await shown(world, first, "voucher", state)
    event = await world.relay.accepted("expenses", {"type": "revoked", "number": number})
    back = await shown(world, event, "taken-back", "delivered")
    cancelled = await shown(world, first, "voucher", "dead")
    assert cancelled["reason"] == f"cancelled: taken back by {back['id']}"
    assert back["reason"] == f"{cancelled['id']} wasn't posted, and is cancelled"
    assert len([got for got in world.erp.at("/erp") if got.json.get("number") == number]) == 1


async def test_a_reversal_of_what_isnt_known_or_is_in_doubt_is_for_a_person(world: World) -> None:
    event = await world.relay.accepted("expenses", {"type": "revoked", "number": "never"})
    held = await shown(world, event, "taken-back", "held")
    assert held["reason"] == "hold: nothing is booked here under the key that it reverses"
    answering(world, "R9", says({}, 500))
    first = await world.relay.accepted("expenses", {"type": "paid", "number": "R9"})
    doubted = await shown(world, first, "voucher", "held")
    event = await world.relay.accepted("expenses", {"type": "revoked", "number": "R9"})
    held = await shown(world, event, "taken-back", "held")
    assert held["reason"].startswith(f"hold: whether {doubted['id']} is booked is in doubt")
