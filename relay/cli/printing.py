"""What commands print: JSON for programs; for people aligned columns, in colours on a terminal only."""

import os
import sys
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Self, TextIO

from relay.money import encode_json
from relay.texts import _


class Tone(StrEnum):
    """How a text is meant; a colour of its own on a terminal."""

    GOOD = "32"
    WAITS = "33"
    BAD = "31"
    TITLE = "1"
    FAINT = "2"


TONES = {"delivered": Tone.GOOD, "dead": Tone.BAD, "partial": Tone.BAD, "held": Tone.WAITS, "unrouted": Tone.WAITS}


class Toned(str):
    """A text that has a tone."""

    __slots__ = ("tone",)

    tone: Tone | None

    def __new__(cls, text: str, tone: Tone | None) -> Self:
        made = super().__new__(cls, text)
        made.tone = tone
        return made


def state(name: str) -> Toned:
    """The state of an event or a delivery."""
    return Toned(name, TONES.get(name))


def on_terminal() -> bool:
    """Whether a person looks at stdout, as far as can be told."""
    return sys.stdout.isatty()


def coloured(stream: TextIO | None = None) -> bool:
    """Whether to write colours to stdout, or where it is said: on a terminal that takes them, unless NO_COLOR says
    otherwise."""
    return (stream or sys.stdout).isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def print_json(content: Any) -> None:
    sys.stdout.write(encode_json(content).decode() + "\n")
    sys.stdout.flush()


def print_line(*parts: str) -> None:
    """Each part in its tone."""
    print("".join(_shown(part) for part in parts), flush=True)


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns aligned by what they take on a screen: a Chinese character takes two places. Counts go to the right."""
    titles = [Toned(_(title), Tone.FAINT) for title in head]
    widths = [max(map(width, column)) for column in zip(titles, *rows, strict=True)]
    counts = [bool(rows) and all(row[place].isdecimal() for row in rows) for place in range(len(head))]
    for row in (titles, *rows):
        cells = [_cell(*parts) for parts in zip(row, widths, counts, strict=True)]
        print("  ".join(cells).rstrip())
    sys.stdout.flush()


def _cell(text: str, room: int, right: bool) -> str:
    blank = " " * (room - width(text))
    return blank + _shown(text) if right else _shown(text) + blank


def padded(text: str, room: int) -> str:
    return text + " " * (room - width(text))


def cut(text: str, room: int) -> str:
    """No wider than `room`."""
    for place, letter in enumerate(text):
        room -= width(letter)
        if room < 0:
            return text[: place - 1] + "…"
    return text


def width(text: str) -> int:
    """Places on a screen."""
    return sum(places(letter) for letter in text)


def places(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _shown(text: str) -> str:
    """What senders and ERPs wrote can't move the cursor, or write a line of its own."""
    printed = "".join(letter if letter.isprintable() else "?" for letter in text)
    return in_tone(printed, getattr(text, "tone", None))


def in_tone(text: str, tone: Tone | None, stream: TextIO | None = None) -> str:
    return f"\033[{tone}m{text}\033[0m" if tone and coloured(stream) else text
