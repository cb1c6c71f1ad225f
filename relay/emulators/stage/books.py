"""The books of a played system: what it has booked, in order, with all doubles in plain sight."""

from collections import Counter
from decimal import Decimal
from typing import Any

import msgspec


class Entry(msgspec.Struct, kw_only=True):
    """One document. `key`: what its sender calls it; `kind`: a voucher, a bill, an approval; `state`: the system's own
    word, such as draft or posted; `amount`: the sum of one side, None where it has none."""

    number: str
    key: str
    kind: str
    state: str
    amount: Decimal | None
    document: Any


class Books:
    """Books never refuse: whether a double is let in is for the system that keeps them."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def post(self, entry: Entry) -> Entry:
        self.entries.append(entry)
        return entry

    def next_number(self, kind: str) -> int:
        """1 for the first document of a kind."""
        return sum(entry.kind == kind for entry in self.entries) + 1

    def find(self, key: str, kind: str | None = None) -> Entry | None:
        """The first document with this key."""
        return next((each for each in self.entries if each.key == key and kind in {None, each.kind}), None)

    def numbered(self, number: str) -> Entry | None:
        return next((each for each in self.entries if each.number == number), None)

    def doubled(self) -> list[str]:
        """The keys under which something is booked more than once."""
        counts = Counter((entry.kind, entry.key) for entry in self.entries)
        return sorted(key for (_, key), count in counts.items() if count > 1)
