"""Decides what an answer means by a destination's `result:` rules: the first that holds; pure.

An answer that no rule takes is never success, and never a definite no. Its status may still say that the
lane is ill or busy (401, 404 at a fixed address, a redirect, 429, 503); otherwise it is unknown.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec

from relay.described import Bare, Braced, DurationText, says, unless
from relay.destination import Answer
from relay.destinations.content import Kind, read
from relay.destinations.seen import GIVEN, Seen
from relay.destinations.status import by_status, reason, retry_after_ms
from relay.duration import parse_duration_ms
from relay.errors import (
    ExpressionError,
    LoginLater,
    LoginRefused,
    MissingName,
    RelayError,
    TlsFault,
    Unanswered,
    Unreadable,
    Unsendable,
    Unsent,
)
from relay.language.expression import Expression, Language, Value
from relay.outcome import LaneEffect, Outcome, Verdict
from relay.plain import text
from relay.texts import _

NAMES = GIVEN | {"status", "headers", "body"}
LONGEST_REASON = 300
_GOOD = frozenset({Outcome.DELIVERED, Outcome.DUPLICATE, Outcome.ACCEPTED})
_LANE = {Outcome.UNAUTHORISED: LaneEffect.STOPS, Outcome.UNKNOWN: LaneEffect.FAILS}
_WAITS = frozenset({Outcome.RETRY, Outcome.THROTTLED, Outcome.UNKNOWN})


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule as routes.yaml writes it."""

    when: Annotated[
        Bare,
        says(
            "which answers are meant, over `status`, `headers`, `body` (of the answer), "
            "`event`, `delivery`; a name that is missing makes it not hold",
            "status == 200 and body.code == '0'",
        ),
    ]
    outcome: Annotated[Outcome, says("what such an answer means", "delivered")]
    document: Annotated[
        Braced | None, says("the number of what was booked", "{{ body.data.billCode }}"), unless("none")
    ] = None
    data: Annotated[
        dict[str, Braced],
        says(
            "values from the answer, for the status callback and for later steps", {"period": "{{ body.data.period }}"}
        ),
        unless("none"),
    ] = {}
    reason: Annotated[
        Braced | None, says("why not, as people read it", "{{ body.message }}"), unless("what the status says")
    ] = None
    after: Annotated[
        DurationText | None,
        says("how long to wait, for `retry` and `throttled`", "10m"),
        unless("Retry-After, else by `retry`"),
    ] = None
    lane: Annotated[
        Literal["stop"] | None,
        says("`stop`: not the document's fault but the lane's, which waits and probes", "stop"),
        unless("as the outcome says"),
    ] = None


class RuleJudge:
    """The judge of one destination; its rules are compiled once."""

    def __init__(
        self,
        language: Language,
        rules: Sequence[Rule] = (),
        kind: Kind = Kind.JSON,
        fixed_address: bool = True,
        where: str = "result",
        charset: str | None = None,
    ) -> None:
        """Raises RelayError (ExpressionError too), which names the rule's place below `where`."""
        self._rules = [_Compiled(language, rule, f"{where}[{number}]") for number, rule in enumerate(rules)]
        self._kind, self._fixed_address, self._charset = kind, fixed_address, charset

    def judge(self, answer: Answer, names: Mapping[str, Any]) -> Verdict:
        """Of `names` rules see event, delivery and document; `body` is the answer's here, never the event's.

        Without rules the status alone decides, and the body isn't read. A 2xx whose body isn't of the stated kind,
        or is cut, is unknown before any rule is asked (204 has none, and 202 needs none, so their rules are asked).
        With any other status the rules are asked without `body`, as a gateway's page says nothing more: what reads it
        doesn't hold."""
        if not self._rules:
            return by_status(answer, self._fixed_address)
        known = Seen(names, {"status": answer.status, "headers": answer.headers})
        try:
            known["body"] = read(answer, self._kind, self._charset)
        except Unreadable as fault:
            if 200 <= answer.status < 300 and not _is_bare(answer):
                return _unknown(str(fault))
            return self._by_rules(answer, known, str(fault))
        return self._by_rules(answer, known, _("no rule takes it: {reason}", reason=reason(answer)))

    def _by_rules(self, answer: Answer, known: Seen, otherwise: str) -> Verdict:
        faults: list[str] = []
        for rule in self._rules:
            try:
                if rule.holds(known):
                    return rule.verdict(answer, known)
            except ExpressionError as fault:
                faults.append(str(fault))
        return self._unmatched(answer, "; ".join([*faults[:1], otherwise]))

    def _unmatched(self, answer: Answer, why: str) -> Verdict:
        verdict = by_status(answer, self._fixed_address)
        if verdict.outcome in {Outcome.DELIVERED, Outcome.REJECTED, Outcome.UNKNOWN}:
            return _unknown(why)
        return verdict


class _Compiled:
    """A rule whose expressions are ready."""

    def __init__(self, language: Language, rule: Rule, where: str) -> None:
        self._rule = rule
        self._when: Expression = language.expression(rule.when, NAMES, f"{where}.when")
        self._document = _value(language, rule.document, f"{where}.document")
        self._reason = _value(language, rule.reason, f"{where}.reason")
        self._data = {key: language.value(of, NAMES, f"{where}.data.{key}") for key, of in rule.data.items()}
        self._after_ms = _duration(rule.after, f"{where}.after")

    def holds(self, names: Mapping[str, Any]) -> bool:
        """Raises ExpressionError where it can't be told; a missing name only means no."""
        try:
            return bool(self._when.evaluate(names))
        except MissingName:
            return False

    def verdict(self, answer: Answer, names: Seen) -> Verdict:
        """The outcome stands even where the document or the data can't be read: what is booked is booked."""
        faults: list[str] = []
        document = _printed(self._document, names, faults)
        data = {key: found for key, of in self._data.items() if (found := _evaluated(of, names, faults)) is not None}
        said = _printed(self._reason, names, faults) or (None if self._rule.outcome in _GOOD else reason(answer))
        return Verdict(
            outcome=self._rule.outcome,
            document=document,
            reason=_short("; ".join(part for part in (said, *faults) if part)),
            after_ms=self._wait(answer),
            lane=self._lane(answer, names),
            data=data or None,
        )

    def _wait(self, answer: Answer) -> int | None:
        if self._after_ms is None and self._rule.outcome in _WAITS:
            return retry_after_ms(answer.headers)
        return self._after_ms

    def _lane(self, answer: Answer, names: Seen) -> LaneEffect:
        """A retry is the lane's failure where a 5xx alone decided it, and business where the body had a say."""
        if self._rule.lane:
            return LaneEffect.STOPS
        if self._rule.outcome is Outcome.RETRY and answer.status >= 500 and self._holds_bodiless(names):
            return LaneEffect.FAILS
        return _LANE.get(self._rule.outcome, LaneEffect.ANSWERS)

    def _holds_bodiless(self, names: Seen) -> bool:
        try:
            return self.holds(names.without_body())
        except ExpressionError:
            return False


def from_fault(error: Unsent | Unanswered) -> Verdict:
    """What an attempt without a whole answer came to. Nothing sent is tried again, and what may have been is in
    doubt; a request that can't be sent at all needs a person, and says nothing of the lane."""
    why = _short(str(error))
    match error:
        case Unsendable():
            return Verdict(outcome=Outcome.REJECTED, reason=why, lane=LaneEffect.NONE, sent=False)
        case LoginRefused():
            return Verdict(outcome=Outcome.UNAUTHORISED, reason=why, lane=LaneEffect.STOPS, sent=False)
        case LoginLater():
            outcome = Outcome.RETRY if error.after_ms is None else Outcome.THROTTLED
            return Verdict(outcome=outcome, reason=why, after_ms=error.after_ms, lane=LaneEffect.FAILS, sent=False)
        case TlsFault():
            return Verdict(outcome=Outcome.RETRY, reason=why, lane=LaneEffect.STOPS, sent=False)
        case Unsent():
            return Verdict(outcome=Outcome.RETRY, reason=why, lane=LaneEffect.FAILS, sent=False)
    return _unknown(str(error))


def _is_bare(answer: Answer) -> bool:
    """Whether it has no body and needs none. An empty 200 is what a broken gateway gives."""
    return answer.status == 204 or (answer.status == 202 and not answer.body)


def _unknown(why: str) -> Verdict:
    return Verdict(outcome=Outcome.UNKNOWN, reason=_short(why), lane=LaneEffect.FAILS)


def _value(language: Language, source: str | None, where: str) -> Value | None:
    return None if source is None else language.value(source, NAMES, where)


def _duration(source: str | None, where: str) -> int | None:
    try:
        return None if source is None else parse_duration_ms(source)
    except ValueError as error:
        raise RelayError(str(error), where) from None


def _evaluated(value: Value | None, names: Mapping[str, Any], faults: list[str]) -> Any:
    """None where there is nothing; what goes wrong is noted in `faults`."""
    try:
        return None if value is None else value.evaluate(names)
    except ExpressionError as fault:
        faults.append(str(fault))
        return None


def _printed(value: Value | None, names: Mapping[str, Any], faults: list[str]) -> str | None:
    found = _evaluated(value, names, faults)
    try:
        return text(found) or None
    except ExpressionError as fault:
        faults.append(str(fault))
        return None


def _short(why: str) -> str | None:
    """One line, so that equal reasons are counted together."""
    return " ".join(why.split())[:LONGEST_REASON] or None
