"""Faults and warnings as people read them: what is wrong, the line with a caret below the place, and how many."""

import sys
from collections.abc import Iterator, Sequence

from relay.cli.printing import Tone, in_tone, places
from relay.errors import FAULT, Excerpt, Fault
from relay.texts import _, _n

_ROOM = 100
_LEFT = 60  # of these at most stand before the caret
_TAB = "    "


def print_faults(faults: Sequence[Fault]) -> None:
    """To stderr, in this order; in colours on a terminal."""
    for fault in faults:
        tone = Tone.BAD if fault.severity == FAULT else Tone.WAITS
        print(_toned(fault, tone), file=sys.stderr)
        for line in (*_lines(fault, tone), *_diff(fault)):
            print(line, file=sys.stderr)
    if faults:
        print(counted(faults), file=sys.stderr)


def counted(faults: Sequence[Fault]) -> str:
    """`3 faults, 1 warning`, without what there is none of."""
    hard = sum(fault.severity == FAULT for fault in faults)
    soft = len(faults) - hard
    said = (
        _n("{n} fault", "{n} faults", hard) if hard else "",
        _n("{n} warning", "{n} warnings", soft) if soft else "",
    )
    return _(", ").join(filter(None, said))


def _toned(fault: Fault, tone: Tone) -> str:
    place, text = f"{fault.where}:", str(fault)
    return in_tone(place, tone, sys.stderr) + text.removeprefix(place)


def _lines(fault: Fault, tone: Tone) -> Sequence[str]:
    if fault.excerpt is None:
        return ()
    text, before = _cut(fault.excerpt)
    caret = in_tone("^", tone, sys.stderr)
    return f"{fault.line:>5} | {text}".rstrip(), f"{'':>5} | {' ' * before}{caret}"


def _diff(fault: Fault) -> Iterator[str]:
    for line in fault.diff:
        yield f"{'':>7} {in_tone(line, Tone.BAD if line.startswith('-') else Tone.GOOD, sys.stderr)}"


def _cut(excerpt: Excerpt) -> tuple[str, int]:
    """What there is room for of a line, and how many places stand before the caret."""
    letters = [_visible(letter) for letter in excerpt.text]
    before = letters[: excerpt.column - 1]
    first = 0 if _width(letters) <= _ROOM else len(before) - _longest(before[::-1], _LEFT)
    end = first + _longest(letters[first:], _ROOM)
    head, tail = "…" if first else "", "…" if end < len(letters) else ""
    return head + "".join(letters[first:end]) + tail, len(head) + _width(before[first:])


def _longest(letters: Sequence[str], room: int) -> int:
    """How many of them there is room for."""
    used = 0
    for number, letter in enumerate(letters):
        used += _width(letter)
        if used > room:
            return number
    return len(letters)


def _width(letters: Sequence[str]) -> int:
    return sum(places(each) for letter in letters for each in letter)


def _visible(letter: str) -> str:
    """A tab as four places; what can't be seen, or would move the cursor, as a mark."""
    return _TAB if letter == "\t" else letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}"
