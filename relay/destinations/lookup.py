"""Decides what the answer to a lookup means: found, missing, or neither. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from relay.destination import Answer, Asked, Finding
from relay.destinations.content import Kind, read
from relay.destinations.judge import NAMES
from relay.destinations.status import by_status
from relay.errors import ExpressionError, Unreadable
from relay.language.expression import Expression, Language
from relay.outcome import Outcome
from relay.plain import text


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """`found` and `missing` are expressions over the answer, `document` a `{{ … }}` text."""

    found: str
    missing: str
    document: str | None = None


class RuleFinder:
    """The finder of one destination, compiled once. Raises ExpressionError, placed below `where`."""

    def __init__(self, language: Language, rules: Rules, kind: Kind = Kind.JSON, where: str = "lookup") -> None:
        self._kind = kind
        self._found = language.expression(rules.found, NAMES, f"{where}.found")
        self._missing = language.expression(rules.missing, NAMES, f"{where}.missing")
        self._document = language.value(rules.document, NAMES, f"{where}.document") if rules.document else None

    def find(self, answer: Answer, names: Mapping[str, Any]) -> Finding:
        """An answer by which neither holds can't tell, unless its status says that the lane is ill or busy."""
        known = {**names, "status": answer.status, "headers": answer.headers}
        known.pop("body", None)
        try:
            known["body"] = read(answer, self._kind)
        except Unreadable:
            if 200 <= answer.status < 300:
                return Finding(asked=Asked.UNTOLD)
        found, missing = _holds(self._found, known), _holds(self._missing, known)
        if found != missing:
            return Finding(asked=Asked.FOUND, document=self._name(known)) if found else Finding(asked=Asked.MISSING)
        verdict = by_status(answer, fixed_address=False)
        told = found or verdict.outcome in {Outcome.DELIVERED, Outcome.REJECTED}
        return Finding(asked=Asked.UNTOLD, fault=None if told else verdict)

    def _name(self, known: Mapping[str, Any]) -> str | None:
        try:
            return text(self._document.evaluate(known)) if self._document else None
        except ExpressionError:
            return None


def _holds(expression: Expression, known: Mapping[str, Any]) -> bool:
    try:
        return bool(expression.evaluate(known))
    except ExpressionError:
        return False
