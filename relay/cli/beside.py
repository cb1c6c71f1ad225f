"""Two texts compared: side by side where the terminal is wide, else one below the other; what differs is marked."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

from relay.cli.printing import Tone, Toned, padded, width

WIDE = 120
_MARKS = {"equal": " ", "replace": "|", "delete": "<", "insert": ">"}
Lines = Sequence[str]


def compared(left: Lines, right: Lines, columns: int) -> Iterator[tuple[str, ...]]:
    """Lines to print, within `columns`."""
    yield from _side_by_side(left, right, columns) if columns >= WIDE else _below(left, right)


def _pieces(left: Lines, right: Lines) -> Iterator[tuple[str, Lines, Lines]]:
    for tag, i, j, k, m in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        yield tag, left[i:j], right[k:m]


def _below(left: Lines, right: Lines) -> Iterator[tuple[str, ...]]:
    for tag, old, new in _pieces(left, right):
        if tag == "equal":
            yield from ((f"  {line}",) for line in old)
        else:
            yield from ((Toned(f"- {line}", Tone.BAD),) for line in old)
            yield from ((Toned(f"+ {line}", Tone.GOOD),) for line in new)


def _side_by_side(left: Lines, right: Lines, columns: int) -> Iterator[tuple[str, ...]]:
    room = (columns - 3) // 2
    for tag, old, new in _pieces(left, right):
        tones = (None, None) if tag == "equal" else (Tone.BAD, Tone.GOOD)
        for before, after in zip_longest(old, new, fillvalue=""):
            for one, other in zip_longest(_folded(before, room), _folded(after, room), fillvalue=""):
                mark = f" {_MARKS[tag]} "
                yield Toned(padded(one, room), tones[0]), mark, Toned(other, tones[1])


def _folded(line: str, room: int) -> list[str]:
    """A line in pieces no wider than `room`."""
    pieces, left = [""], room
    for letter in line:
        left -= width(letter)
        if left < 0:
            pieces.append("")
            left = room - width(letter)
        pieces[-1] += letter
    return pieces
