"""Decides what the answer to a lookup means: found, missing, or neither. Pure."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from relay.destination import Answer, Asked, Finding
from relay.destinations.content import Kind, read
from relay.destinations.judge import NAMES, Rule, RuleJudge
from relay.destinations.status import by_status
from relay.errors import ExpressionError, Unreadable
from relay.language.expression import Expression, Language, Value
from relay.outcome import Outcome, Verdict
from relay.plain import text

NOT_NOW = frozenset({Outcome.UNAUTHORISED, Outcome.RETRY, Outcome.THROTTLED})


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """`found` and `missing` are expressions over the answer, `document` and the values of `data` `{{ … }}` texts.
    `result`: what an answer means by which neither holds, in outcomes of NOT_NOW."""

    found: str
    missing: str
    result: Sequence[Rule] = ()
    document: str | None = None
    data: Mapping[str, str] = MappingProxyType({})


class RuleFinder:
    """The finder of one destination, compiled once. Raises ExpressionError, placed below `where`."""

    def __init__(
        self,
        language: Language,
        rules: Rules,
        kind: Kind = Kind.JSON,
        where: str = "lookup",
        charset: str | None = None,
    ) -> None:
        self._kind, self._charset = kind, charset
        self._is_found = language.expression(rules.found, NAMES, f"{where}.found")
        self._is_missing = language.expression(rules.missing, NAMES, f"{where}.missing")
        self._document = language.value(rules.document, NAMES, f"{where}.document") if rules.document else None
        self._data = {key: language.value(of, NAMES, f"{where}.data.{key}") for key, of in rules.data.items()}
        self._judge = RuleJudge(
            language, rules.result, kind, fixed_address=False, where=f"{where}.result", charset=charset
        )

    def find(self, answer: Answer, names: Mapping[str, Any]) -> Finding:
        """An answer by which neither holds can't tell, unless a rule or its status says that the lane is ill or
        busy."""
        known = {**names, "status": answer.status, "headers": answer.headers}
        known.pop("body", None)
        try:
            known["body"] = read(answer, self._kind, self._charset)
        except Unreadable:
            if 200 <= answer.status < 300:
                return Finding(asked=Asked.UNTOLD)
        found, missing = _holds(self._is_found, known), _holds(self._is_missing, known)
        if found != missing:
            return self._found_in(known) if found else Finding(asked=Asked.MISSING)
        return Finding(asked=Asked.UNTOLD, fault=None if found else self._fault(answer, names))

    def _fault(self, answer: Answer, names: Mapping[str, Any]) -> Verdict | None:
        said = self._judge.judge(answer, names)
        if said.outcome in NOT_NOW:
            return said
        verdict = by_status(answer, fixed_address=False)
        return None if verdict.outcome in {Outcome.DELIVERED, Outcome.REJECTED} else verdict

    def _found_in(self, known: Mapping[str, Any]) -> Finding:
        """Found is found, even where the document or the data can't be read."""
        document = _evaluated(self._document, known) if self._document else None
        data = {key: found for key, of in self._data.items() if (found := _evaluated(of, known)) is not None}
        return Finding(asked=Asked.FOUND, document=_printed(document), data=data or None)


def _evaluated(value: Value, known: Mapping[str, Any]) -> Any:
    try:
        return value.evaluate(known)
    except ExpressionError:
        return None


def _printed(found: Any) -> str | None:
    try:
        return text(found) or None
    except ExpressionError:
        return None


def _holds(expression: Expression, known: Mapping[str, Any]) -> bool:
    try:
        return bool(expression.evaluate(known))
    except ExpressionError:
        return False
