"""What an answer means by the rules of its destination: never success unless a rule says so, never no in doubt."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.destination import Answer, Judge
from relay.destinations.content import Kind
from relay.destinations.judge import LONGEST_REASON, Rule, RuleJudge, from_fault
from relay.errors import RelayError, TlsFault, Unanswered, Unsendable, Unsent
from relay.language.expression import Language
from relay.outcome import LaneEffect, Outcome, Verdict

LANGUAGE = Language()
NAMES = {
    "event": {"id": "evt_1", "type": "expense.paid"},
    "delivery": {"id": "dlv_1", "key": "k", "attempt": 1},
    "body": {"code": "0", "data": {"billCode": "the event's"}},
}
ERP = [
    {
        "when": "status == 200 and body.code == '0'",
        "outcome": "delivered",
        "document": "{{ body.data.billCode }}",
        "data": {"period": "{{ body.data.period }}"},
    },
    {"when": "body.code == '1004'", "outcome": "duplicate", "document": "{{ body.data.billCode }}"},
    {"when": "body.code == 'SESSION'", "outcome": "unauthorised"},
    {"when": "body.code == 'PERIOD_CLOSED'", "outcome": "held", "reason": "{{ body.message }}"},
    {"when": "body.code == 'LOCKED'", "outcome": "retry", "after": "10m"},
    {"when": "body.code == 'BUSY'", "outcome": "throttled"},
    {"when": "body.code == 'LICENCE'", "outcome": "retry", "lane": "stop"},
    {"when": "body.code is defined", "outcome": "rejected", "reason": "{{ body.message }}"},
]
HARNESS = [
    {"when": "status == 200 and body.code == '0'", "outcome": "delivered", "document": "{{ body.data.billCode }}"},
    {"when": "status >= 500", "outcome": "retry"},
    {"when": "status in (400, 422)", "outcome": "rejected", "reason": "{{ body.message }}"},
]
HTML = b"<html>Bad Gateway</html>"


def judge(rules: list[dict[str, Any]], **how: Any) -> Judge:
    return RuleJudge(LANGUAGE, msgspec.convert(rules, list[Rule]), **how)


def judged(rules: list[dict[str, Any]], status: int, body: Any = b"", cut: bool = False, **headers: str) -> Verdict:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return judge(rules).judge(Answer(status=status, headers=named, body=data, cut=cut), NAMES)


class TestTheFirstRuleThatHolds:
    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            (
                {"code": "0", "data": {"billCode": "V-1", "period": "2026-04"}},
                Verdict(outcome=Outcome.DELIVERED, document="V-1", data={"period": "2026-04"}),
            ),
            ({"code": "1004", "data": {"billCode": "V-1"}}, Verdict(outcome=Outcome.DUPLICATE, document="V-1")),
            (
                {"code": "SESSION"},
                Verdict(outcome=Outcome.UNAUTHORISED, reason="answered 200", lane=LaneEffect.STOPS),
            ),
            ({"code": "PERIOD_CLOSED", "message": "期间已关"}, Verdict(outcome=Outcome.HELD, reason="期间已关")),
            ({"code": "LOCKED"}, Verdict(outcome=Outcome.RETRY, reason="answered 200", after_ms=600_000)),
            ({"code": "LICENCE"}, Verdict(outcome=Outcome.RETRY, reason="answered 200", lane=LaneEffect.STOPS)),
            ({"code": "9", "message": "no such account"}, Verdict(outcome=Outcome.REJECTED, reason="no such account")),
        ],
    )
    def test_decides(self, body: dict[str, Any], expected: Verdict) -> None:
        assert judged(ERP, 200, body) == expected

    def test_may_read_status_headers_event_and_delivery(self) -> None:
        when = "status == 202 and headers['x-run'] == 'a' and event.id == 'evt_1' and delivery.attempt == 1"
        assert judged([{"when": when, "outcome": "accepted"}], 202, {}, x_run="a").outcome is Outcome.ACCEPTED

    def test_reads_numbers_exactly(self) -> None:
        rules = [{"when": "body.total == 0.1 + 0.2", "outcome": "delivered", "data": {"total": "{{ body.total }}"}}]
        verdict = judged(rules, 200, b'{"total": 0.30}')
        assert str((verdict.data or {})["total"]) == "0.30"
        assert isinstance((verdict.data or {})["total"], Decimal)

    def test_has_its_own_wait_before_that_of_the_answer(self) -> None:
        assert judged(ERP, 200, {"code": "LOCKED"}, retry_after="5").after_ms == 600_000
        assert judged(ERP, 200, {"code": "BUSY"}, retry_after="5").after_ms == 5_000
        assert judged(ERP, 200, {"code": "PERIOD_CLOSED"}, retry_after="5").after_ms is None

    def test_reads_the_text_of_a_destination_that_answers_in_text(self) -> None:
        rules = [Rule(when="body == 'success'", outcome=Outcome.DELIVERED)]
        said = RuleJudge(LANGUAGE, rules, Kind.TEXT).judge(Answer(status=200, headers={}, body=b"success"), NAMES)
        assert said.outcome is Outcome.DELIVERED


class TestTheOutcomeStands:
    """What is booked is booked, even if its number can't be read."""

    @pytest.mark.parametrize(
        ("body", "says"),
        [({"code": "0"}, "data"), ({"code": "0", "data": {"billCode": ["V-1"]}}, "a list")],
    )
    def test_where_the_document_cannot_be_read(self, body: dict[str, Any], says: str) -> None:
        verdict = judged(HARNESS, 200, body)
        assert (verdict.outcome, verdict.document) == (Outcome.DELIVERED, None)
        assert says in (verdict.reason or "")

    @pytest.mark.parametrize(("code", "document"), [(17, "17"), (None, None), ("", None), ("00010", "00010")])
    def test_whatever_the_document_is(self, code: Any, document: str | None) -> None:
        verdict = judged(HARNESS, 200, {"code": "0", "data": {"billCode": code}})
        assert (verdict.outcome, verdict.document) == (Outcome.DELIVERED, document)

    def test_where_a_part_of_the_data_is_missing(self) -> None:
        verdict = judged(ERP, 200, {"code": "0", "data": {"billCode": "V-1"}})
        assert (verdict.outcome, verdict.document, verdict.data) == (Outcome.DELIVERED, "V-1", None)
        assert "period" in (verdict.reason or "")

    def test_where_the_reason_is_missing(self) -> None:
        verdict = judged(ERP, 200, {"code": "9"})
        assert verdict.outcome is Outcome.REJECTED
        assert (verdict.reason or "").startswith("answered 200")

    def test_and_a_long_reason_is_one_short_line(self) -> None:
        reason = judged(ERP, 200, {"code": "9", "message": "a\n b\r\n" + "x" * 9999}).reason or ""
        assert reason.startswith("a b xxx")
        assert len(reason) == LONGEST_REASON


class TestWhatNoRuleTakes:
    @pytest.mark.parametrize("body", [b"", b"<html>Please log in", b"OK", b'{"code": "0"', b"\xff"])
    def test_success_with_another_kind_of_body_is_unknown_before_any_rule_is_asked(self, body: bytes) -> None:
        rules = [{"when": "status == 200", "outcome": "delivered"}]
        verdict = judged(rules, 200, body)
        assert (verdict.outcome, verdict.lane) == (Outcome.UNKNOWN, LaneEffect.FAILS)
        assert "not json" in (verdict.reason or "")

    def test_success_with_a_cut_body_is_unknown(self) -> None:
        verdict = judged(ERP, 200, {"code": "0"}, cut=True)
        assert (verdict.outcome, verdict.reason) == (Outcome.UNKNOWN, "the answer was too large and is cut")

    def test_no_content_has_no_body_and_its_status_is_asked_for(self) -> None:
        assert judged([{"when": "status == 204", "outcome": "delivered"}], 204).outcome is Outcome.DELIVERED
        assert judged(ERP, 204).outcome is Outcome.UNKNOWN

    def test_accepted_needs_no_body_and_is_no_page(self) -> None:
        rules = [{"when": "status == 202", "outcome": "accepted", "document": "{{ headers.location }}"}]
        verdict = judged(rules, 202, location="/jobs/7")
        assert (verdict.outcome, verdict.document) == (Outcome.ACCEPTED, "/jobs/7")
        assert judged(rules, 202, HTML).outcome is Outcome.UNKNOWN
        assert judged(ERP, 202).outcome is Outcome.UNKNOWN

    @pytest.mark.parametrize("body", [b"", HTML])
    def test_an_error_with_a_gateway_s_page_is_judged_by_rules_on_its_status(self, body: bytes) -> None:
        assert judged(HARNESS, 502, body).outcome is Outcome.RETRY
        assert judged(HARNESS, 422, body).outcome is Outcome.REJECTED

    @pytest.mark.parametrize("status", [400, 422, 500, 502])
    def test_rules_that_read_the_body_do_not_hold_without_one(self, status: int) -> None:
        """The event's own body, which has such a code, isn't taken for it either."""
        assert judged(ERP, status, HTML).outcome is Outcome.UNKNOWN

    @pytest.mark.parametrize("body", [b"", HTML, b"{}"])
    @pytest.mark.parametrize(
        ("status", "outcome", "lane"),
        [
            (429, Outcome.THROTTLED, LaneEffect.ANSWERS),
            (503, Outcome.THROTTLED, LaneEffect.ANSWERS),
            (401, Outcome.UNAUTHORISED, LaneEffect.STOPS),
            (302, Outcome.UNAUTHORISED, LaneEffect.STOPS),
            (404, Outcome.RETRY, LaneEffect.STOPS),
            (200, Outcome.UNKNOWN, LaneEffect.FAILS),
            (400, Outcome.UNKNOWN, LaneEffect.FAILS),
            (408, Outcome.UNKNOWN, LaneEffect.FAILS),
            (500, Outcome.UNKNOWN, LaneEffect.FAILS),
        ],
    )
    def test_is_never_success_or_no_but_may_be_the_lane_s_fault(
        self, body: bytes, status: int, outcome: Outcome, lane: LaneEffect
    ) -> None:
        verdict = judged(ERP, status, body, retry_after="7")
        assert (verdict.outcome, verdict.lane) == (outcome, lane)
        assert outcome is not Outcome.THROTTLED or verdict.after_ms == 7_000

    def test_is_unknown_with_the_error_of_a_rule_that_could_not_be_asked(self) -> None:
        rules = [{"when": "body.total > 0", "outcome": "delivered"}, {"when": "body.no == 1", "outcome": "rejected"}]
        verdict = judged(rules, 200, {"total": "many"})
        assert (verdict.outcome, verdict.lane) == (Outcome.UNKNOWN, LaneEffect.FAILS)
        assert "result[0].when" in (verdict.reason or "")

    def test_a_rule_that_could_not_be_asked_leaves_the_next_its_turn(self) -> None:
        rules = [{"when": "body.total > 0", "outcome": "delivered"}, {"when": "status == 200", "outcome": "held"}]
        assert judged(rules, 200, {"total": "many"}).outcome is Outcome.HELD


class TestTheLane:
    def test_failed_where_a_5xx_alone_decided_a_retry(self) -> None:
        assert judged(HARNESS, 502, HTML).lane is LaneEffect.FAILS
        assert judged(HARNESS, 503, {"code": "x"}).lane is LaneEffect.FAILS

    def test_answers_where_the_body_decided_a_retry(self) -> None:
        """SOAP and others say business things under 500."""
        rules = [{"when": "status == 500 and body.code == 'LOCKED'", "outcome": "retry"}]
        assert judged(rules, 500, {"code": "LOCKED"}).lane is LaneEffect.ANSWERS

    def test_answers_where_a_rule_makes_no_sense_without_the_body(self) -> None:
        rules = [{"when": "body | default('none') > 4", "outcome": "retry"}]
        assert judged(rules, 500, b"5").lane is LaneEffect.ANSWERS

    def test_failed_where_a_rule_says_unknown(self) -> None:
        assert judged([{"when": "status == 200", "outcome": "unknown"}], 200, {}).lane is LaneEffect.FAILS


class TestWithoutRules:
    @pytest.mark.parametrize("body", [b"", b"ok", HTML])
    def test_the_status_alone_decides(self, body: bytes) -> None:
        assert judged([], 200, body).outcome is Outcome.DELIVERED
        assert judged([], 422, body).outcome is Outcome.REJECTED
        assert judged([], 500, body).outcome is Outcome.UNKNOWN

    def test_a_404_at_an_address_from_the_event_is_a_no(self) -> None:
        gone = Answer(status=404, headers={}, body=b"")
        assert judge([], fixed_address=False).judge(gone, NAMES).outcome is Outcome.REJECTED


class TestAtLoad:
    @pytest.mark.parametrize(
        ("rule", "place"),
        [
            ({"when": "status ==", "outcome": "held"}, "result[0].when"),
            ({"when": "statsu == 1", "outcome": "held"}, "result[0].when"),
            ({"when": "true", "outcome": "held", "document": "{{ bdy }}"}, "result[0].document"),
            ({"when": "true", "outcome": "held", "reason": "{{"}, "result[0].reason"),
            ({"when": "true", "outcome": "held", "data": {"a": "{{ x }}"}}, "result[0].data.a"),
            ({"when": "true", "outcome": "retry", "after": "soon"}, "result[0].after"),
        ],
    )
    def test_what_cannot_work_is_refused_with_its_place(self, rule: dict[str, Any], place: str) -> None:
        with pytest.raises(RelayError) as refused:
            judge([rule])
        assert place in str(refused.value)

    @pytest.mark.parametrize("rule", [{"outcome": "maybe"}, {"lane": "go"}, {"documnt": "x"}, {"when": None}])
    def test_unknown_words_are_refused(self, rule: dict[str, Any]) -> None:
        with pytest.raises(msgspec.ValidationError):
            judge([{"when": "true", "outcome": "held"} | rule])


SOAP = [
    {"when": "body.Fault is defined", "outcome": "rejected", "reason": "{{ body.Fault.faultstring }}"},
    {
        "when": "body.Posted.Log.Severity | int < 3",
        "outcome": "delivered",
        "document": "{{ body.Posted.Document }}",
    },
]
ENVELOPE = b"""<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:n0="urn:n0">
<s:Body>%s</s:Body></s:Envelope>"""


class TestXml:
    @pytest.mark.parametrize(
        ("status", "inside", "outcome", "document", "reason"),
        [
            (
                200,
                b"<n0:Posted><Document>1900</Document><Log><Severity>1</Severity></Log></n0:Posted>",
                Outcome.DELIVERED,
                "1900",
                None,
            ),
            (
                200,
                b"<s:Fault><faultstring>no such account</faultstring></s:Fault>",
                Outcome.REJECTED,
                None,
                "no such account",
            ),
            (
                500,
                b"<s:Fault><faultstring>no such account</faultstring></s:Fault>",
                Outcome.REJECTED,
                None,
                "no such account",
            ),
            (
                200,
                b"<n0:Posted><Log><Severity>3</Severity></Log></n0:Posted>",
                Outcome.UNKNOWN,
                None,
                "no rule takes it: answered 200",
            ),
        ],
    )
    def test_a_fault_and_a_verdict_inside_an_envelope_are_told_by_rules(
        self, status: int, inside: bytes, outcome: Outcome, document: str | None, reason: str | None
    ) -> None:
        answer = Answer(status=status, headers={}, body=ENVELOPE % inside)
        found = judge(SOAP, kind=Kind.SOAP).judge(answer, NAMES)
        assert (found.outcome, found.document, found.reason) == (outcome, document, reason)

    def test_a_broken_envelope_is_in_doubt_whatever_the_rules_would_say(self) -> None:
        answer = Answer(status=200, headers={}, body=(ENVELOPE % b"<Posted/>")[:-5])
        found = judge([{"when": "true", "outcome": "delivered"}], kind=Kind.SOAP).judge(answer, NAMES)
        assert found.outcome is Outcome.UNKNOWN

    def test_the_charset_of_the_destination_is_believed(self) -> None:
        rules = [{"when": "body.r.m == '期间已结账'", "outcome": "held"}]
        answer = Answer(
            status=200, headers={"content-type": "text/html"}, body="<r><m>期间已结账</m></r>".encode("gbk")
        )
        assert judge(rules, kind=Kind.XML, charset="GBK").judge(answer, NAMES).outcome is Outcome.HELD
        assert judge(rules, kind=Kind.XML).judge(answer, NAMES).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("fault", "outcome", "lane", "sent"),
    [
        (Unsent("connection refused"), Outcome.RETRY, LaneEffect.FAILS, False),
        (TlsFault("TLS: wrong version number"), Outcome.RETRY, LaneEffect.STOPS, False),
        (Unsendable("the URL has no host"), Outcome.REJECTED, LaneEffect.NONE, False),
        (Unanswered("timed out after sending"), Outcome.UNKNOWN, LaneEffect.FAILS, True),
    ],
)
def test_what_was_not_sent_is_tried_again_and_what_may_have_been_is_in_doubt(
    fault: Unsent | Unanswered, outcome: Outcome, lane: LaneEffect, sent: bool
) -> None:
    assert from_fault(fault) == Verdict(outcome=outcome, reason=str(fault), lane=lane, sent=sent)


ANSWERS = st.builds(
    Answer,
    status=st.integers(100, 599),
    headers=st.dictionaries(st.sampled_from(["content-type", "retry-after", "location"]), st.text()),
    body=st.binary(max_size=20) | st.sampled_from([b"{}", b'{"code": "0"}', b'{"code": 1}', b"[]", b"null", HTML]),
    cut=st.booleans(),
)


@given(ANSWERS)
def test_any_answer_has_a_verdict_and_only_a_rule_makes_it_success(answer: Answer) -> None:
    verdict = judge(ERP).judge(answer, NAMES)
    assert (verdict.outcome is Outcome.DELIVERED) == (
        answer.status == 200 and not answer.cut and answer.body == b'{"code": "0"}'
    )
    if verdict.outcome is Outcome.REJECTED:
        assert answer.body in {b'{"code": "0"}', b'{"code": 1}'}
