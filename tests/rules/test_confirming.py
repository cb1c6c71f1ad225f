"""What follows from asking what became of what was accepted, and the addresses at which it may be told."""

from typing import Any

import pytest
from test_conversation import confirmed, destination
from test_decision import claimed

from relay import confirming
from relay.decision import Decision, decide_confirm, decide_request
from relay.delivery import State
from relay.duration import spelled_ms
from relay.masking import Mask
from relay.outcome import LaneEffect, Outcome, Verdict

TO = destination(confirm=confirmed())
KEY = b"k" * 64


def decided(outcome: Outcome, asked_ms: int | None = 0, look: int = 1, is_step: bool = False, **said: Any) -> Decision:
    given = claimed(asked_ms=asked_ms, look=look)
    return decide_confirm(given, Verdict(outcome=outcome, **said), TO, 0.5, is_step=is_step)


def test_what_is_accepted_is_asked_about_later() -> None:
    decision = decide_request(claimed(), Verdict(outcome=Outcome.ACCEPTED), TO, 0, 0.5, is_step=False)
    assert (decision.state, decision.look) == (State.CONFIRMING, 1)
    assert 0 < decision.delay_ms <= 1000


def test_without_a_way_to_ask_it_rests_until_a_person_ends_it() -> None:
    decision = decide_request(claimed(), Verdict(outcome=Outcome.ACCEPTED), destination(), 0, 0.5, is_step=False)
    assert (decision.state, decision.delay_ms) == (State.CONFIRMING, 0)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.DELIVERED, State.DELIVERED),
        (Outcome.DUPLICATE, State.DELIVERED),
        (Outcome.REJECTED, State.DEAD),
        (Outcome.HELD, State.HELD),
        (Outcome.ACCEPTED, State.CONFIRMING),
        (Outcome.UNKNOWN, State.CONFIRMING),
        (Outcome.RETRY, State.CONFIRMING),
        (Outcome.THROTTLED, State.CONFIRMING),
        (Outcome.UNAUTHORISED, State.CONFIRMING),
    ],
)
def test_each_answer_leads_to_its_state(outcome: Outcome, state: State) -> None:
    decision = decided(outcome)
    assert decision.state is state
    assert state is not State.CONFIRMING or decision.delay_ms > 0


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.UNKNOWN])
def test_what_is_not_confirmed_in_time_is_held_and_keeps_its_business_key(outcome: Outcome) -> None:
    late = decided(outcome, asked_ms=1000, reason="not yet")
    assert (late.state, late.reason) == (State.HELD, "unknown: not confirmed within 1s, the last: not yet")
    assert late.doubt


def test_a_lane_that_is_ill_puts_it_off_however_late_it_is() -> None:
    put_off = decided(Outcome.THROTTLED, asked_ms=10**9, look=4, after_ms=0)
    assert (put_off.state, put_off.look, put_off.delay_ms) == (State.CONFIRMING, 4, 1)
    assert decided(Outcome.RETRY, asked_ms=10**9, sent=False, lane=LaneEffect.FAILS).state is State.CONFIRMING


def test_it_is_asked_once_more_when_its_time_is_over() -> None:
    assert decided(Outcome.ACCEPTED, asked_ms=900, look=50).delay_ms == 100


def test_a_step_that_is_refused_later_keeps_what_is_done() -> None:
    dead = decided(Outcome.REJECTED, is_step=True)
    assert (dead.state, dead.doubt, dead.posted, dead.anew) == (State.DEAD, True, True, False)


def test_an_address_is_one_deliverys_alone() -> None:
    token = confirming.token(KEY, "dlv_1")
    assert confirming.address("https://r.example.com", KEY, "dlv_1") == f"https://r.example.com/confirm/dlv_1/{token}"
    assert confirming.is_token(KEY, "dlv_1", token)
    for delivery, said in (("dlv_2", token), ("dlv_1", ""), ("dlv_1", token[:-1]), ("dlv_1", "é\ud800")):
        assert not confirming.is_token(KEY, delivery, said)
    assert not confirming.is_token(b"j" * 64, "dlv_1", token)


def test_an_address_is_masked_wherever_it_is_shown() -> None:
    shown = Mask([]).text(confirming.address("https://r.example.com", KEY, "dlv_1"))
    assert shown == "https://r.example.com/confirm/dlv_1/***"


def test_durations_are_spelled_in_the_largest_unit_that_says_them() -> None:
    assert [spelled_ms(ms) for ms in (250, 1500, 90_000, 3_600_000, 86_400_000)] == [
        "250ms",
        "1500ms",
        "90s",
        "1h",
        "1d",
    ]
