"""Lanes as a destination sees them: order, limits, pace, patience, and what is never sent twice."""

import asyncio
import json
import time
from collections import Counter

import pytest
from played import Answer, Got, Reset, booked, says
from running import until
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORKERS = 2
ROUTES = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}"}
destinations:
  base:
    abstract: true
    url: ${ERP}/none
    ambiguous: resend
    timeout: 5s
    retry: {first: 100ms, factor: 1, cap: 1s}
    breaker: {failures: 100, probe: 200ms, cap: 400ms}
    stop_after: 0
    result:
      - {when: "status == 200 and body.code == '0'", outcome: delivered, document: "{{ body.data.billCode }}"}
      - {when: "body.code == 'CLOSED'", outcome: held, reason: "{{ body.message }}"}
      - {when: "body.code == 'LOCKED'", outcome: retry, after: 300ms}
      - {when: "status >= 500 and status != 503", outcome: retry}
      - {when: "status == 422", outcome: rejected, reason: "{{ body.message }}"}
  ordered: {extends: base, url: "${ERP}/ordered"}
  blocking: {extends: base, url: "${ERP}/blocking"}
  continuing: {extends: base, url: "${ERP}/continuing"}
  narrow: {extends: base, url: "${ERP}/narrow", concurrency: 3}
  paced: {extends: base, url: "${ERP}/paced", rate: 20/s, concurrency: 50}
  throttled: {extends: base, url: "${ERP}/throttled"}
  locked: {extends: base, url: "${ERP}/locked"}
  fragile: {extends: base, url: "${ERP}/fragile", concurrency: 4, breaker: {failures: 3, probe: 200ms, cap: 400ms}}
  gone: {extends: base, url: "${ERP}/gone"}
  login: {extends: base, url: "${ERP}/login"}
  doubtful: {extends: base, url: "${ERP}/doubtful", ambiguous: hold}
  resending: {extends: base, url: "${ERP}/resending"}
  limited: {extends: base, url: "${ERP}/limited", retry: {first: 50ms, factor: 1, attempts: 3}}
  expiring: {extends: base, url: "${ERP}/expiring", retry: {first: 200ms, factor: 1, expire: 700ms}}
  period: {extends: base, url: "${ERP}/period"}
  refusing: {extends: base, url: "${ERP}/refusing", concurrency: 1, stop_after: 3}
  odd: {extends: base, url: "${ERP}/odd", ambiguous: hold}
  slow: {extends: base, url: "${ERP}/slow", concurrency: 1}
  quick: {extends: base, url: "${ERP}/quick"}
routes:
  - {name: keyed, from: expenses, when: body.key is defined, to: "{{ body.to }}", order_by: "{{ body.key }}"}
  - name: continuing
    from: expenses
    when: body.next is defined
    to: continuing
    order_by: "{{ body.next }}"
    on_dead: continue
  - {name: keyless, from: expenses, when: body.key is not defined and body.next is not defined, to: "{{ body.to }}"}
"""


async def send_all(world: World, bodies: list[dict[str, object]]) -> list[str]:
    """One after another, so that their order is known."""
    return [await world.relay.accepted("expenses", body) for body in bodies]


async def test_deliveries_of_a_key_keep_their_order_over_failures_and_other_keys_go_on(world: World) -> None:
    tries: Counter[str] = Counter()

    def answer(got: Got) -> Answer:
        name = f"{got.json['key']}{got.json['n']}"
        tries[name] += 1
        return says({}, 500) if tries[name] <= got.json["n"] % 3 else booked(name)

    world.erp.answers["/ordered"] = answer
    bodies = [{"to": "ordered", "key": key, "n": n} for n in range(8) for key in "abc"]
    for event in await send_all(world, bodies):
        await world.relay.event_in(event, "delivered")
    for key in "abc":
        asked = [got.json["n"] for got in world.erp.at("/ordered") if got.json["key"] == key]
        assert asked == [n for n in range(8) for _ in range(n % 3 + 1)]


async def test_a_dead_delivery_blocks_its_key_until_a_person_decides(world: World) -> None:
    world.erp.answers["/blocking"] = lambda got: says({"message": "no"}, 422) if got.json["n"] == 0 else booked("V")
    first, second, third = await send_all(world, [{"to": "blocking", "key": "k", "n": n} for n in range(3)])
    dead = await world.relay.delivery_in(first, "dead")
    assert dead["reason"] == "rejected: no"
    other = await world.relay.accepted("expenses", {"to": "blocking", "key": "other", "n": 9})
    await world.relay.delivery_in(other, "delivered")
    assert (await world.relay.delivery_in(second, "pending"))["attempts"] == []
    release = {"as": "dead", "note": "it was a mistake"}
    assert (await world.relay.ask("POST", f"/api/deliveries/{dead['id']}/release", release)).status == 200
    for event in (second, third):
        await world.relay.delivery_in(event, "delivered")
    assert [got.json["n"] for got in world.erp.at("/blocking") if got.json["key"] == "k"] == [0, 1, 2]


async def test_where_the_route_says_continue_a_dead_one_lets_the_next_go(world: World) -> None:
    world.erp.answers["/continuing"] = lambda got: says({"message": "no"}, 422) if got.json["n"] == 0 else booked("V")
    first, second = await send_all(world, [{"next": "k", "n": n} for n in range(2)])
    await world.relay.delivery_in(second, "delivered")
    await world.relay.delivery_in(first, "dead")


async def test_no_more_are_under_way_than_the_destination_allows_over_all_workers(world: World) -> None:
    under_way, most = 0, 0

    async def answer(_got: Got) -> Answer:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.02)
        under_way -= 1
        return booked("V")

    world.erp.answers["/narrow"] = answer
    await asyncio.gather(*(world.relay.accepted("expenses", {"to": "narrow", "n": n}) for n in range(60)))
    await world.erp.count("/narrow", 60)
    assert most == 3


async def test_a_rate_is_paced_without_burst_over_all_workers(world: World) -> None:
    await asyncio.gather(*(world.relay.accepted("expenses", {"to": "paced", "n": n}) for n in range(30)))
    times = [got.at for got in await world.erp.count("/paced", 30)]
    for count in (20, 30):
        assert times[count - 1] - times[0] >= (count - 1) / 20 - 0.4


async def test_retry_after_holds_the_whole_lane_until_then(world: World) -> None:
    first = iter([says({}, 429, Retry_After="1")])
    world.erp.answers["/throttled"] = lambda _got: next(first, booked("V"))
    event = await world.relay.accepted("expenses", {"to": "throttled"})
    (asked,) = await world.erp.count("/throttled", 1)
    await world.relay.delivery_in(event, "waiting")
    other = await world.relay.accepted("expenses", {"to": "throttled", "n": 2})
    for one in (event, other):
        await world.relay.delivery_in(one, "delivered")
    assert all(got.at - asked.at >= 0.95 for got in world.erp.at("/throttled")[1:])


async def test_a_rules_after_says_when_the_delivery_is_tried_again(world: World) -> None:
    answers = iter([says({"code": "LOCKED"})])
    world.erp.answers["/locked"] = lambda _got: next(answers, booked("V"))
    delivery = await world.relay.delivery_in(await world.relay.accepted("expenses", {"to": "locked"}), "delivered")
    first, second = world.erp.at("/locked")
    assert second.at - first.at >= 0.28
    assert [one["outcome"] for one in delivery["attempts"]] == ["retry", "delivered"]


async def test_the_breaker_opens_probes_one_at_a_time_and_drains_in_order(world: World) -> None:
    up = asyncio.Event()
    world.erp.answers["/fragile"] = lambda _got: booked("V") if up.is_set() else says({}, 502)
    events = await send_all(world, [{"to": "fragile", "key": "k", "n": n} for n in range(6)])
    await send_all(world, [{"to": "fragile", "key": f"other-{n}", "n": n} for n in range(10)])

    async def is_open() -> bool:
        return (await world.relay.lane("fragile"))["breaker"] != "closed"

    await until(is_open)
    asked = len(world.erp.at("/fragile"))
    assert asked <= 8
    tried = await world.erp.count("/fragile", asked + 3)
    gaps = [later.at - earlier.at for earlier, later in zip(tried[asked:], tried[asked + 1 :], strict=False)]
    assert all(gap >= 0.15 for gap in gaps)
    up.set()
    for event in events:
        await world.relay.event_in(event, "delivered")
    answered = [got.json["n"] for got in world.erp.at("/fragile") if got.json["key"] == "k"]
    assert answered == sorted(answered)
    assert (await world.relay.lane("fragile"))["breaker"] == "closed"


@pytest.mark.parametrize(("path", "status"), [("gone", 404), ("login", 302), ("login", 401)])
async def test_an_ill_lane_lets_its_documents_wait_and_lets_none_of_them_die(
    world: World, path: str, status: int
) -> None:
    well = asyncio.Event()
    world.erp.answers[f"/{path}"] = lambda _got: (
        booked("V") if well.is_set() else says({}, status, Location=f"{world.erp.url}/quick")
    )
    event = await world.relay.accepted("expenses", {"to": path})
    delivery = await world.relay.delivery_in(event, "waiting")
    assert delivery["attempts"][0]["status"] == status
    assert (await world.relay.lane(path))["breaker"] != "closed"
    well.set()
    await world.relay.delivery_in(event, "delivered")


@pytest.mark.parametrize("fault", ["reset", "500 without a rule", "no JSON", "unmatched"])
async def test_what_may_have_been_booked_is_held_for_a_person_and_never_sent_again(world: World, fault: str) -> None:
    def answer(_got: Got) -> Answer:
        if fault == "reset":
            raise Reset
        answers = {
            "no JSON": (200, {}, b"<html>"),
            "unmatched": says({"code": "?"}),
            "500 without a rule": says({}, 408),
        }
        return answers[fault]

    world.erp.answers["/doubtful"] = answer
    before = len(world.erp.at("/doubtful"))
    delivery = await world.relay.delivery_in(await world.relay.accepted("expenses", {"to": "doubtful"}), "held")
    assert delivery["reason"].startswith("unknown: ")
    assert [one["outcome"] for one in delivery["attempts"]] == ["unknown"]
    assert len(world.erp.at("/doubtful")) == before + 1


async def test_where_the_erp_honours_the_key_a_doubtful_one_is_sent_again_with_the_same_bytes(world: World) -> None:
    answers = iter([Reset(), Reset()])

    def answer(_got: Got) -> Answer:
        if fault := next(answers, None):
            raise fault
        return booked("V-9")

    world.erp.answers["/resending"] = answer
    delivery = await world.relay.delivery_in(await world.relay.accepted("expenses", {"to": "resending"}), "delivered")
    assert [one["outcome"] for one in delivery["attempts"]] == ["unknown", "unknown", "delivered"]
    asked = world.erp.at("/resending")
    assert len({got.body for got in asked}) == len({got.headers["idempotency-key"] for got in asked}) == 1
    assert [got.headers["relay-attempt"] for got in asked] == ["1", "2", "3"]


async def test_after_its_attempts_a_delivery_is_dead_and_exhausted(world: World) -> None:
    world.erp.answers["/limited"] = lambda _got: says({}, 500)
    delivery = await world.relay.delivery_in(await world.relay.accepted("expenses", {"to": "limited"}), "dead")
    assert delivery["reason"].startswith("exhausted: 3 attempts")
    assert [one["n"] for one in delivery["attempts"]] == [1, 2, 3]


async def test_what_expires_is_held_and_not_dead(world: World) -> None:
    world.erp.answers["/expiring"] = lambda _got: says({}, 500)
    delivery = await world.relay.delivery_in(await world.relay.accepted("expenses", {"to": "expiring"}), "held")
    assert delivery["reason"].startswith("expired")
    assert len(delivery["attempts"]) > 1


async def test_what_the_erp_says_a_person_must_mend_is_held_with_its_words(world: World) -> None:
    world.erp.answers["/period"] = lambda _got: says({"code": "CLOSED", "message": "2026-03 已结账"})
    delivery = await world.relay.delivery_in(await world.relay.accepted("expenses", {"to": "period"}), "held")
    assert delivery["reason"] == "hold: 2026-03 已结账"


async def test_different_documents_refused_in_a_row_for_one_reason_pause_the_lane(world: World) -> None:
    world.erp.answers["/refusing"] = lambda _got: says({"message": "the account is locked"}, 422)
    events = await send_all(world, [{"to": "refusing", "n": n} for n in range(6)])
    for event in events[:3]:
        await world.relay.delivery_in(event, "dead")
    lane = await world.relay.lane("refusing")
    assert lane["paused"]
    assert "the account is locked" in lane["stopped"]
    assert len(world.erp.at("/refusing")) == 3
    assert lane["ready"] == 3


async def test_a_slow_destination_holds_up_no_other(world: World) -> None:
    slow = asyncio.Event()

    async def answer(_got: Got) -> Answer:
        await slow.wait()
        return booked("V")

    world.erp.answers["/slow"] = answer
    await send_all(world, [{"to": "slow", "n": n} for n in range(5)])
    await world.erp.count("/slow", 1)
    began = time.monotonic()
    await world.relay.event_in(await world.relay.accepted("expenses", {"to": "quick"}), "delivered")
    assert time.monotonic() - began < 2
    slow.set()
    await world.erp.count("/slow", 5)


async def test_an_answer_larger_than_the_bound_or_packed_as_a_bomb_is_in_doubt_and_harms_nothing(world: World) -> None:
    world.erp.answers["/odd"] = lambda _got: (
        200,
        {"Content-Type": "application/json"},
        b'{"code": "0", "x": "' + b"x" * (3 << 20) + b'"}',
    )
    delivery = await world.relay.delivery_in(await world.relay.accepted("expenses", {"to": "odd"}), "held")
    assert delivery["reason"].startswith("unknown: ")
    assert len(json.dumps(delivery)) < 20_000
