"""What an answer says by its status alone, and how long it asks to wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.destination import Answer
from relay.destinations.status import LONGEST_WAIT_MS, by_status, retry_after_ms
from relay.outcome import LaneEffect, Outcome

DEFAULTS = {
    (Outcome.DELIVERED, LaneEffect.ANSWERS): [200, 201, 202, 204, 299],
    (Outcome.THROTTLED, LaneEffect.ANSWERS): [425, 429, 503],
    (Outcome.UNAUTHORISED, LaneEffect.STOPS): [300, 301, 302, 304, 307, 308, 401, 403, 407],
    (Outcome.RETRY, LaneEffect.STOPS): [404, 405, 410],
    (Outcome.UNKNOWN, LaneEffect.FAILS): [101, 408, 500, 501, 502, 504, 599, 600, 999],
    (Outcome.REJECTED, LaneEffect.ANSWERS): [400, 402, 406, 409, 411, 413, 415, 418, 422, 451],
}
CASES = [(status, *meaning) for meaning, statuses in DEFAULTS.items() for status in statuses]
DATE = "Wed, 01 Apr 2026 00:00:00 GMT"


def answer(status: int, **headers: str) -> Answer:
    return Answer(status=status, headers=headers, body=b"")


@pytest.mark.parametrize(("status", "outcome", "lane"), CASES)
def test_each_status_has_its_outcome_and_its_word_on_the_lane(status: int, outcome: Outcome, lane: LaneEffect) -> None:
    verdict = by_status(answer(status), fixed_address=True)
    assert (verdict.outcome, verdict.lane, verdict.sent) == (outcome, lane, True)
    assert (verdict.reason is None) == (outcome is Outcome.DELIVERED)


@pytest.mark.parametrize("status", [404, 405, 410])
def test_an_address_rendered_from_the_event_may_be_the_document_s_fault(status: int) -> None:
    verdict = by_status(answer(status), fixed_address=False)
    assert (verdict.outcome, verdict.lane) == (Outcome.REJECTED, LaneEffect.ANSWERS)


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("https://login.example.com/?token=hunter2", "login.example.com"),
        ("https://user:hunter2@login.example.com:8443/", "login.example.com"),
        ("/login?token=hunter2", "itself"),
        ("", "itself"),
        ("http://[::1", "somewhere unreadable"),
    ],
)
def test_a_redirect_is_named_by_its_host_alone(location: str, host: str) -> None:
    assert by_status(answer(302, location=location), True).reason == f"redirected to {host}"


@pytest.mark.parametrize(
    ("asked", "waits_ms"),
    [
        ("120", 120_000),
        (" 0 ", 0),
        ("999999999", LONGEST_WAIT_MS),
        ("Wed, 01 Apr 2026 00:02:00 GMT", 120_000),
        ("Tue, 31 Mar 2026 23:00:00 GMT", 0),
        ("Wed, 01 Apr 2099 00:00:00 GMT", LONGEST_WAIT_MS),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("９", None),
        ("9" * 5000, None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_within_a_day(asked: str, waits_ms: int | None) -> None:
    assert retry_after_ms({"retry-after": asked, "date": DATE}) == waits_ms


def test_a_date_is_of_no_use_without_the_answer_s_own() -> None:
    assert retry_after_ms({"retry-after": DATE}) is None


@given(asked=st.text() | st.integers().map(str), now=st.text() | st.just(DATE))
def test_any_retry_after_gives_a_bounded_wait_or_none(asked: str, now: str) -> None:
    wait = retry_after_ms({"retry-after": asked, "date": now})
    assert wait is None or 0 <= wait <= LONGEST_WAIT_MS


@given(status=st.integers(100, 999))
def test_success_is_only_ever_a_2xx(status: int) -> None:
    assert (by_status(answer(status), True).outcome is Outcome.DELIVERED) == (200 <= status < 300)
