"""How approvals end in a played OA: after so many polls, and as the subject asks, so that nobody waits for a person."""

from collections import Counter
from enum import StrEnum

REFUSED_WORD = "驳回"


class Stage(StrEnum):
    RUNNING = "running"
    AGREED = "agreed"
    REFUSED = "refused"


class Approvals:
    """`polls`: how often an approval is asked for before it has ended."""

    def __init__(self, polls: int = 2) -> None:
        self.polls = polls
        self._asked: Counter[str] = Counter()

    def ask(self, number: str, subject: str) -> Stage:
        """Counts one poll. A subject that holds 驳回 ends refused, any other agreed."""
        self._asked[number] += 1
        if self._asked[number] <= self.polls:
            return Stage.RUNNING
        return Stage.REFUSED if REFUSED_WORD in subject else Stage.AGREED
