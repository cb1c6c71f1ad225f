"""What the answer to a lookup means."""

from typing import Any

import pytest

from relay.destination import Answer, Asked
from relay.destinations.judge import Rule
from relay.destinations.lookup import RuleFinder, Rules
from relay.language.expression import Language
from relay.outcome import LaneEffect, Outcome

RULES = Rules(
    found="status == 200 and body.total > 0",
    missing="status == 200 and body.total == 0",
    document="{{ body.rows[0].billCode }}",
)
FINDER = RuleFinder(Language(), RULES)


def answer(body: bytes, status: int = 200, **headers: str) -> Answer:
    return Answer(status=status, headers=headers, body=body)


def asked(body: bytes, status: int = 200) -> Asked:
    return FINDER.find(answer(body, status), {}).asked


def test_found_gives_the_document() -> None:
    finding = FINDER.find(answer(b'{"total": 1, "rows": [{"billCode": "V-1"}]}'), {})
    assert (finding.asked, finding.document) == (Asked.FOUND, "V-1")


def test_found_without_a_readable_document_is_found_all_the_same() -> None:
    finding = FINDER.find(answer(b'{"total": 1}'), {})
    assert (finding.asked, finding.document) == (Asked.FOUND, None)


def test_found_gives_the_data_that_can_be_read() -> None:
    rules = Rules(found="status == 200", missing="false", data={"id": "{{ body.id }}", "year": "{{ body.year }}"})
    assert RuleFinder(Language(), rules).find(answer(b'{"id": 7}'), {}).data == {"id": 7}


def test_missing_is_said_by_its_own_rule_alone() -> None:
    assert asked(b'{"total": 0}') is Asked.MISSING
    assert asked(b"{}") is Asked.UNTOLD
    assert asked(b"", 404) is Asked.UNTOLD


@pytest.mark.parametrize("body", [b"<html>log in</html>", b"", b'{"total":'])
def test_a_page_in_place_of_the_answer_tells_nothing(body: bytes) -> None:
    assert asked(body) is Asked.UNTOLD


def test_where_both_rules_hold_neither_is_believed() -> None:
    both = RuleFinder(Language(), Rules(found="status == 200", missing="status == 200"))
    finding = both.find(answer(b"{}"), {})
    assert (finding.asked, finding.fault) == (Asked.UNTOLD, None)


@pytest.mark.parametrize(
    ("status", "outcome", "lane"),
    [
        (503, Outcome.THROTTLED, LaneEffect.ANSWERS),
        (500, Outcome.UNKNOWN, LaneEffect.FAILS),
        (401, Outcome.UNAUTHORISED, LaneEffect.STOPS),
        (302, Outcome.UNAUTHORISED, LaneEffect.STOPS),
    ],
)
def test_a_lane_that_is_ill_is_no_answer(status: int, outcome: Outcome, lane: LaneEffect) -> None:
    fault = FINDER.find(answer(b"<html>", status), {}).fault
    assert fault is not None
    assert (fault.outcome, fault.lane) == (outcome, lane)


def test_rules_see_the_delivery_and_never_the_body_of_the_event() -> None:
    names: dict[str, Any] = {"delivery": {"key": "k"}, "body": {"total": 1}}
    finder = RuleFinder(Language(), Rules(found="body.key == delivery.key", missing="body.total == 1"))
    assert finder.find(answer(b'{"key": "k"}'), names).asked is Asked.FOUND
    assert finder.find(answer(b"", 404), names).asked is Asked.UNTOLD


def test_what_a_200_says_of_a_lost_login_or_a_busy_moment_is_a_fault_of_the_lane() -> None:
    rules = Rules(
        found="body.rows | length > 0",
        missing="body.rows == []",
        result=[
            Rule(when="body.code == 401", outcome=Outcome.UNAUTHORISED),
            Rule(when="body.code == 429", outcome=Outcome.THROTTLED, after="5s"),
        ],
    )
    finder = RuleFinder(Language(), rules)
    lost, busy = finder.find(answer(b'{"code": 401}'), {}).fault, finder.find(answer(b'{"code": 429}'), {}).fault
    assert lost is not None
    assert lost.outcome is Outcome.UNAUTHORISED
    assert busy is not None
    assert (busy.outcome, busy.after_ms) == (Outcome.THROTTLED, 5000)
    assert finder.find(answer(b'{"code": 500}'), {}).fault is None
    assert finder.find(answer(b'{"code": 401, "rows": [1]}'), {}).asked is Asked.FOUND
