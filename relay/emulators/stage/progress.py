"""How far a job or an approval has come: each poll brings it one state further, whatever time has passed."""

from collections import Counter
from collections.abc import Sequence


class Progress:
    def __init__(self) -> None:
        self._polls: Counter[str] = Counter()

    def polled(self, number: str, states: Sequence[str]) -> str:
        """Its state at this poll: the first at the first, and the last from then on."""
        self._polls[number] += 1
        return states[min(self._polls[number], len(states)) - 1]
