"""What follows an attempt is decided by its verdict and its destination's limits alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.decision import Decision, decide, decide_lookup, put_off_lookup
from relay.delivery import ENDED, State
from relay.destination import Ambiguous, Asked, Limits
from relay.event import Event
from relay.outcome import LaneEffect, Outcome, Verdict
from relay.retry import Retry
from relay.store import Claimed

EVENT = Event(id="evt_1", source="s", type="t", external_id="x", headers={}, body=b"{}", config="1")
LIMITS = Limits(retry=Retry(first_ms=1_000, factor=2, cap_ms=60_000, attempts=3, expire_ms=100_000))
PLAIN = {"id": "dlv_1", "lane": "erp", "token": "t", "event": EVENT, "received_ms": 0, "route": "r", "start_ms": 0}
NONE = dict.fromkeys(("order_key", "once", "rendered", "booking", "notice"))
COUNTS = dict.fromkeys(("attempts", "tries", "look", "missed", "age_ms"), 0)
FLAGS = dict.fromkeys(("doubt", "lost", "probe"), False)


def claimed(**fields: Any) -> Claimed:
    return Claimed(**(PLAIN | NONE | COUNTS | FLAGS | fields))


def decided(outcome: Outcome, limits: Limits = LIMITS, given: Claimed | None = None, **said: Any) -> Decision:
    return decide(given or claimed(), Verdict(outcome=outcome, **said), limits, 0, 0.5)


def ambiguous(way: Ambiguous) -> Limits:
    return Limits(ambiguous=way, retry=LIMITS.retry, lookup_first_ms=500, lookup_times=2)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.DELIVERED, State.DELIVERED),
        (Outcome.DUPLICATE, State.DELIVERED),
        (Outcome.ACCEPTED, State.CONFIRMING),
        (Outcome.REJECTED, State.DEAD),
        (Outcome.HELD, State.HELD),
        (Outcome.RETRY, State.WAITING),
        (Outcome.THROTTLED, State.WAITING),
        (Outcome.UNAUTHORISED, State.WAITING),
    ],
)
def test_each_outcome_leads_to_its_state(outcome: Outcome, state: State) -> None:
    assert decided(outcome).state is state


def test_reasons_begin_with_their_code() -> None:
    assert decided(Outcome.REJECTED, reason="no such account").reason == "rejected: no such account"
    assert decided(Outcome.HELD).reason == "hold"
    assert decided(Outcome.UNKNOWN, reason="timed out").reason == "unknown: timed out"


def test_doubt_is_held_asked_about_or_sent_again_as_the_destination_says() -> None:
    held = decided(Outcome.UNKNOWN, ambiguous(Ambiguous.HOLD))
    asked = decided(Outcome.UNKNOWN, ambiguous(Ambiguous.LOOKUP))
    sent = decided(Outcome.UNKNOWN, ambiguous(Ambiguous.RESEND))
    assert (held.state, held.look) == (State.HELD, 0)
    assert (asked.state, asked.look, asked.delay_ms) == (State.WAITING, 1, 500)
    assert (sent.state, sent.look, sent.counts) == (State.WAITING, 0, True)
    assert held.doubt
    assert asked.doubt
    assert sent.doubt


def test_the_last_try_of_a_limit_ends_it_and_no_limit_never_does() -> None:
    last = decided(Outcome.RETRY, given=claimed(tries=2), reason="busy")
    assert (last.state, last.reason) == (State.DEAD, "exhausted: 3 attempts, the last: busy")
    assert decided(Outcome.RETRY, Limits(), claimed(tries=10_000)).state is State.WAITING


@pytest.mark.parametrize(
    "said",
    [
        {"outcome": Outcome.RETRY, "sent": False},
        {"outcome": Outcome.THROTTLED},
        {"outcome": Outcome.UNAUTHORISED, "lane": LaneEffect.STOPS},
    ],
)
def test_an_outage_costs_a_document_neither_its_attempts_nor_its_time(said: dict[str, Any]) -> None:
    worn = claimed(tries=2, age_ms=10**9)
    assert decided(given=worn, **said).state is State.WAITING
    assert not decided(given=worn, **said).counts


def test_a_probe_costs_nothing_either() -> None:
    assert decided(Outcome.RETRY, given=claimed(tries=2, age_ms=10**9, probe=True)).state is State.WAITING


def test_what_expires_is_held_and_not_dead() -> None:
    old = decided(Outcome.RETRY, given=claimed(age_ms=99_500), reason="busy")
    assert (old.state, old.reason) == (State.HELD, "expired: busy")


def test_the_destination_says_how_long_to_wait_and_a_throttled_lane_waits_as_a_whole() -> None:
    assert decided(Outcome.RETRY, after_ms=7).delay_ms == 7
    throttled = decided(Outcome.THROTTLED, after_ms=7)
    assert (throttled.delay_ms, throttled.throttle_ms) == (7, 7)
    assert decided(Outcome.RETRY).throttle_ms == 0


def test_what_nobody_took_is_rendered_anew_and_what_somebody_may_have_taken_is_not() -> None:
    """So that a mended address or login reaches what waits, and one document never goes out in two versions."""
    nobody = ({"sent": False}, {"lane": LaneEffect.STOPS}, {"lane": LaneEffect.FAILS, "sent": False})
    assert all(decided(Outcome.RETRY, **said).anew for said in nobody)
    assert not any(decided(Outcome.RETRY, given=claimed(doubt=True), **said).anew for said in nobody)
    assert not any(decided(outcome).anew for outcome in (Outcome.RETRY, Outcome.THROTTLED))
    assert not decided(Outcome.UNKNOWN, ambiguous(Ambiguous.RESEND), lane=LaneEffect.FAILS).anew


def test_a_lookup_that_finds_it_delivers_it() -> None:
    assert decide_lookup(claimed(look=1), Asked.FOUND, ambiguous(Ambiguous.LOOKUP)).state is State.DELIVERED


def test_missing_each_time_is_sent_again() -> None:
    limits = ambiguous(Ambiguous.LOOKUP)
    once = decide_lookup(claimed(look=1), Asked.MISSING, limits)
    assert (once.state, once.look, once.missed, once.delay_ms) == (State.WAITING, 2, 1, 500)
    again = decide_lookup(claimed(look=once.look, missed=once.missed), Asked.MISSING, limits)
    assert (again.state, again.look, again.missed, again.delay_ms) == (State.WAITING, 0, 0, 0)


@pytest.mark.parametrize("answers", [(Asked.MISSING, Asked.UNTOLD), (Asked.UNTOLD, Asked.MISSING), (Asked.UNTOLD,) * 2])
def test_whatever_can_not_be_told_is_for_a_person(answers: tuple[Asked, ...]) -> None:
    limits, at = ambiguous(Ambiguous.LOOKUP), claimed(look=1)
    for asked in answers:
        decision = decide_lookup(at, asked, limits)
        at = claimed(look=decision.look, missed=decision.missed)
    assert decision.state is State.HELD


def test_a_lane_that_is_ill_puts_the_same_lookup_off() -> None:
    ill = Verdict(outcome=Outcome.THROTTLED, after_ms=9)
    put_off = put_off_lookup(claimed(look=2, missed=1), ill, ambiguous(Ambiguous.LOOKUP), 0.5)
    assert (put_off.state, put_off.look, put_off.missed) == (State.WAITING, 2, 1)
    assert (put_off.delay_ms, put_off.throttle_ms) == (9, 9)
    down = Verdict(outcome=Outcome.RETRY, sent=False)
    assert put_off_lookup(claimed(look=2), down, LIMITS, 0.5).delay_ms == 1_000


@given(
    outcome=st.sampled_from(list(Outcome)),
    way=st.sampled_from(list(Ambiguous)),
    tries=st.integers(0, 10),
    sent=st.booleans(),
    probe=st.booleans(),
)
def test_only_a_definite_answer_ends_a_delivery(
    outcome: Outcome, way: Ambiguous, tries: int, sent: bool, probe: bool
) -> None:
    limits = Limits(ambiguous=way)
    decision = decided(outcome, limits, claimed(tries=tries, probe=probe), sent=sent)
    definite = outcome in {Outcome.DELIVERED, Outcome.DUPLICATE, Outcome.REJECTED}
    assert (decision.state in ENDED) is definite
    assert decision.state is not State.WAITING or decision.delay_ms >= 0
