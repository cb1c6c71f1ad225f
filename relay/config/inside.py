"""A part of a text, found where it stands in the file: behind quotes and escapes, in folded and in indented lines."""

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from relay.config.nodes import Node
from relay.config.places import Place
from relay.errors import Inside
from relay.language.spots import printed

_BEFORE = re.compile(r"(?:[&!]\S*\s+)*")  # anchors and tags
_ESCAPE = re.compile(r"\\(?:x(?P<two>..)|u(?P<four>.{4})|U(?P<eight>.{8})|(?P<one>.))")
_BLANKS = frozenset("tnrvf \t_NLP")


def matched(inside: Inside, written: str) -> int | None:
    """The same place in what is written, if it stands there: variables may have been filled in, or something put before
    it."""
    total, here = printed(inside.text), printed(written)
    if inside.before <= printed(_common(inside.text, written)):
        return inside.before
    left = total - inside.before
    return here - left if left <= printed(_common(inside.text[::-1], written[::-1])) else None


def _common(one: str, other: str) -> str:
    """What both begin with."""
    return "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def located(lines: Sequence[str], node: Node, before: int) -> Place:
    """The place of what stands behind that many characters which aren't white space; the last one's, if there are no
    more."""
    place = node.place
    for number, found in enumerate(_places(lines, node)):
        place = found
        if number == before:
            return place
    return Place(place.line, place.column + 1, place.file)


def _places(lines: Sequence[str], node: Node) -> Iterator[Place]:
    """Where each character stands that isn't white space."""
    first, start = node.place.line - 1, node.place.column - 1
    start = _BEFORE.match(lines[first], start).end()  # type: ignore[union-attr] # it matches nothing as well
    style = lines[first][start : start + 1]
    if style in {"|", ">"} and not node.plain:
        first, start = first + 1, 0
    quote = style if style in {"'", '"'} and not node.plain else ""
    for index in range(first, min(node.end.line, len(lines))):
        end = node.end.column - 1 - len(quote) if index == node.end.line - 1 else len(lines[index])
        for column in _columns(lines[index], start + (index == first and len(quote)), end, quote):
            yield Place(index + 1, column + 1, node.place.file)
        start = 0


def _columns(line: str, column: int, end: int, quote: str) -> Iterator[int]:
    while column < end:
        length, blank = _unit(line, column, quote)
        if not blank:
            yield column
        column += length


def _unit(line: str, column: int, quote: str) -> tuple[int, bool]:
    """How long what stands for one character is, and whether that is white space."""
    if quote == "'" and line.startswith("''", column):
        return 2, False
    if quote == '"' and (escape := _ESCAPE.match(line, column)):
        return len(escape[0]), _is_blank(escape)
    return 1, line[column].isspace() or (quote == '"' and line[column] == "\\")


def _is_blank(escape: re.Match[str]) -> bool:
    if code := escape["two"] or escape["four"] or escape["eight"]:
        return chr(int(code, 16)).isspace()
    return escape["one"] in _BLANKS
