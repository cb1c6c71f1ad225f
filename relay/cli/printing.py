"""What commands print: JSON for programs, aligned columns for people."""

import sys
import unicodedata
from collections.abc import Sequence
from typing import Any

from relay.money import encode_json


def print_json(content: Any) -> None:
    sys.stdout.write(encode_json(content).decode() + "\n")


def print_line(text: str) -> None:
    """What senders and ERPs wrote can't move the cursor, or write a line of its own."""
    print("".join(letter if letter.isprintable() else "?" for letter in text))


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns aligned by what they take on a screen: a Chinese character takes two places."""
    widths = [max(map(width, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = (cell + " " * (room - width(cell)) for cell, room in zip(row, widths, strict=True))
        print_line("  ".join(cells).rstrip())


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
