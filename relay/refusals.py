"""Counts the requests of each source that were turned away, until they are told together. Pure."""

from collections import Counter
from collections.abc import Callable

from relay.alert import Kind, Notice


class Refusals:
    """`listens`: whether anybody wants to hear of them; nothing is counted otherwise."""

    def __init__(self, listens: Callable[[], bool]) -> None:
        self._listens = listens
        self._counts: Counter[tuple[str, str]] = Counter()

    def count(self, source: str, code: str) -> None:
        if self._listens():
            self._counts[source, code] += 1

    def take(self) -> list[Notice]:
        """What was counted since the last time."""
        counts, self._counts = self._counts, Counter()
        return [
            Notice(kind=Kind.REFUSED, subject=source, many=many, reason=code) for (source, code), many in counts.items()
        ]

    def put_back(self, notices: list[Notice]) -> None:
        """What couldn't be told."""
        for notice in notices:
            self._counts[notice.subject, notice.reason or ""] += notice.many
