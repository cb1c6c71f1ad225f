"""The line that a fault stands in, as it may be shown: what is secret in it is masked, even if nothing loads."""

import re
from collections.abc import Callable, Iterator, Sequence

from relay.errors import Excerpt

_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")  # what YAML takes for the end of a line
_NAMED = r"[\w.-]*(?:secret|token|passw(?:or)?d|passphrase|pwd|credential|cookie|authorization|[\w-]key)"
_KEY = rf"(?P<quote>['\"]?){_NAMED}(?P=quote)[ \t]*[:：][ \t]*(?:&\S+[ \t]+)?"
_VALUE = r"\"(?:[^\"\\]|\\.)*\"?|'(?:[^']|'')*'?|\[[^\]]*\]?|[^\s,}\]#{\[&*|>][^,}\]#]*"
_SAID = re.compile(rf"(?<![\w.-])(?:-[ \t]+)?{_KEY}(?P<value>{_VALUE})", re.IGNORECASE)
_ABOVE = re.compile(rf"[ \t]*(?:-[ \t]+)*{_KEY}(?:[|>][-+\d]*)?[ \t]*(?:#.*)?", re.IGNORECASE)
_INDENT = re.compile(r"[ \t]*(?:-[ \t]+)*")
_USER = r"://[^\s/@:'\"]*:(?P<password>[^\s/@'\"]+)@"
_QUERY = (
    r"[?&](?:[\w.-]*(?:secret|token|passw(?:or)?d|passphrase|pwd|api_?key|access_?key)|key)=(?P<value>[^\s&#'\",}\]]+)"
)
_ADDRESS = re.compile(f"{_USER}|{_QUERY}", re.IGNORECASE)
_HIDDEN = "***"
_FARTHEST = 200  # lines looked at above one; a key in PEM has some fifty


def split(text: str) -> list[str]:
    """The lines of a text, as YAML counts them."""
    return _BREAK.split(text)


def excerpt(lines: Sequence[str], line: int, column: int, mask: Callable[[str], str]) -> Excerpt | None:
    """The line of that number (from 1), None where there is none."""
    if not 0 < line <= len(lines):
        return None
    text, place = lines[line - 1], column - 1
    for start, end in reversed([*_secrets(lines, line - 1)]):
        text, place = text[:start] + _HIDDEN + text[end:], _moved(place, start, end)
    return _masked(text, place, mask)


def _moved(place: int, start: int, end: int) -> int:
    if place >= end:
        return place - (end - start) + len(_HIDDEN)
    return min(place, start)


def _masked(text: str, place: int, mask: Callable[[str], str]) -> Excerpt:
    """What is masked before the place moves it; a secret that it stands in is masked as a whole."""
    whole, before, after = mask(text), mask(text[:place]), mask(text[place:])
    if before + after == whole:
        return Excerpt(whole, len(before) + 1)
    return Excerpt(whole, min(place, whole.find(_HIDDEN)) + 1)


def in_addresses(text: str) -> list[tuple[int, int]]:
    """Where secrets are written out in addresses: https://user:SECRET@host, ?access_token=SECRET."""
    found = [(match, "password" if match["password"] else "value") for match in _ADDRESS.finditer(text)]
    return [match.span(part) for match, part in found if not _is_filled_in(match[part])]


def without_secrets(text: str) -> str:
    """The text without those."""
    for start, end in reversed(in_addresses(text)):
        text = text[:start] + _HIDDEN + text[end:]
    return text


def _secrets(lines: Sequence[str], index: int) -> Iterator[tuple[int, int]]:
    """Where secrets stand that are written out: behind their key, or in the lines below it."""
    line = lines[index]
    if _is_below_secret(lines, index):
        yield _INDENT.match(line).end(), len(line)  # type: ignore[union-attr] # it matches nothing as well
        return
    behind = [said.span("value") for said in _SAID.finditer(line) if not _is_filled_in(said["value"])]
    yield from sorted([*behind, *(span for span in in_addresses(line) if not _is_inside(span, behind))])


def _is_inside(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return any(start <= span[0] < end for start, end in others)


def _is_filled_in(value: str) -> bool:
    return "${" in value or "{{" in value


def _is_below_secret(lines: Sequence[str], index: int) -> bool:
    """Whether the nearest line above it that is indented less, or as much where it is an item, is a secret's key."""
    line = lines[index]
    deep, item = len(line) - len(line.lstrip()), line.lstrip().startswith("-")
    for above in reversed(lines[max(0, index - _FARTHEST) : index]):
        indent = len(above) - len(above.lstrip())
        if above.strip() and (indent < deep or (item and indent == deep and not above.lstrip().startswith("-"))):
            return bool(_ABOVE.fullmatch(above)) and "${" not in line
    return False
