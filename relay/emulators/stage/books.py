"""The books of a played system: what it has booked, in order, with all doubles in plain sight."""

from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

import msgspec


class Entry(msgspec.Struct, kw_only=True, eq=False):
    """One document. `key`: what its sender calls it; `kind`: a voucher, a bill, an approval; `state`: the system's own
    word, such as draft or posted; `amount`: the sum of one side, None where it has none."""

    number: str
    key: str
    kind: str
    state: str
    amount: Decimal | None
    document: Any


class Books:
    """Books never refuse: whether a double is let in is for the system that keeps them. An entry's number, key and kind
    stay as they are booked: it is found by them without a look through all."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._keyed: dict[str, list[Entry]] = defaultdict(list)
        self._numbered: dict[str, list[Entry]] = defaultdict(list)
        self._kinds: Counter[str] = Counter()
        self._places: dict[Entry, int] = {}

    def post(self, entry: Entry) -> Entry:
        self._places[entry] = len(self.entries)
        self.entries.append(entry)
        self._keyed[entry.key].append(entry)
        self._numbered[entry.number].append(entry)
        self._kinds[entry.kind] += 1
        return entry

    def next_number(self, kind: str) -> int:
        """1 for the first document of a kind."""
        return self._kinds[kind] + 1

    def find(self, key: str, kind: str | None = None) -> Entry | None:
        """The first document with this key."""
        return _first(self._keyed.get(key, []), kind)

    def under(self, key: str | None) -> list[Entry]:
        """All with this key; all there are for None."""
        return self.entries if key is None else self._keyed.get(key, [])

    def numbered(self, number: str, kind: str | None = None) -> Entry | None:
        return _first(self._numbered.get(number, []), kind)

    def place(self, entry: Entry) -> int:
        """0 for the first that was booked."""
        return self._places[entry]

    def doubled(self) -> list[str]:
        """The keys under which something is booked more than once."""
        counts = Counter((entry.kind, entry.key) for entry in self.entries)
        return sorted(key for (_, key), count in counts.items() if count > 1)


def _first(entries: list[Entry], kind: str | None) -> Entry | None:
    return next((each for each in entries if kind in {None, each.kind}), None)
