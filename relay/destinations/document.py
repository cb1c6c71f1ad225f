"""Judges an answer that is a document to be kept: by rules like any other, but what can't be read is none; pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from relay.destination import Answer
from relay.destinations.content import Kind, read
from relay.destinations.judge import RuleJudge
from relay.errors import Unreadable
from relay.outcome import LaneEffect, Outcome, Verdict

_GOOD = frozenset({Outcome.DELIVERED, Outcome.DUPLICATE})


class DocumentJudge:
    """`rules` decide; what they call accepted isn't there yet."""

    def __init__(self, rules: RuleJudge, kind: Kind, charset: str | None) -> None:
        self._rules, self._kind, self._charset = rules, kind, charset

    def judge(self, answer: Answer, names: Mapping[str, Any]) -> Verdict:
        verdict = self._rules.judge(answer, names)
        if verdict.outcome is Outcome.ACCEPTED:
            return msgspec.structs.replace(verdict, outcome=Outcome.RETRY)
        if verdict.outcome not in _GOOD:
            return verdict
        try:
            self.read(answer)
        except Unreadable as fault:
            return Verdict(outcome=Outcome.UNKNOWN, reason=str(fault), lane=LaneEffect.FAILS)
        return verdict

    def read(self, answer: Answer) -> Any:
        """The document as plain data. Raises Unreadable."""
        return read(answer, self._kind, self._charset)
