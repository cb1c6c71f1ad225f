"""What a run over the played systems came to: each document once, under its amount."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from relay.emulators.stage.books import Entry


@dataclass
class Lane:
    """One system. `lost`: documents that it doesn't have; `doubled`: that it has more than once, which only one that
    `repeats` may; `wrong`: under another amount; `odd`: entries that nobody sent."""

    name: str
    documents: int
    attempts: int
    doubtful: int
    decided: int
    repeats: bool = False
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not (self.lost or (self.doubled and not self.repeats) or self.wrong or self.odd)

    def compare(self, sent: Mapping[str, Decimal], entries: Sequence[Entry]) -> None:
        """By the key that the system calls it by, or by its amount, which no two documents share."""
        by_amount = {amount: number for number, amount in sent.items()}
        counts: Counter[str] = Counter()
        for entry in entries:
            number = entry.key if entry.key in sent else by_amount.get(entry.amount or Decimal(0))
            if number is None:
                self.odd.append(entry.number)
                continue
            counts[number] += 1
            if entry.amount is not None and entry.amount != sent[number]:
                self.wrong.append(number)
        self.lost = sorted(set(sent) - set(counts))
        self.doubled = sorted(number for number, count in counts.items() if count > 1)


HEAD = (
    "system",
    "documents",
    "attempts",
    "in doubt",
    "by a person",
    "lost",
    "booked twice",
    "wrong amount",
    "said again",
)


def lines(lanes: Sequence[Lane]) -> list[str]:
    rows = [_counts(lane) for lane in lanes]
    total = [sum(row[at] for row in rows) for at in range(len(HEAD) - 1)]
    named = [lane.name for lane in lanes]
    table = [list(HEAD), *([name, *map(str, row)] for name, row in zip([*named, "all"], [*rows, total], strict=True))]
    widths = [max(len(row[at]) for row in table) for at in range(len(HEAD))]
    said = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    return [*said, *(str(lane) for lane in lanes if not lane.holds)]


def _counts(lane: Lane) -> list[int]:
    """What a robot says again is no document."""
    doubled = len(lane.doubled)
    booked, said = (0, doubled) if lane.repeats else (doubled, 0)
    return [lane.documents, lane.attempts, lane.doubtful, lane.decided, len(lane.lost), booked, len(lane.wrong), said]
