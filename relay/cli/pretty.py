"""A body as people read it: JSON and XML indented, a form's fields each on a line; anything else as it is."""

import re
from urllib.parse import parse_qsl

import msgspec

from relay.shape import Shape, UnknownShape, shape_of

_UNIT = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<([^\s/>!?]+)[^>]*(?<!/)>[^<]*</\1\s*>|<[^>]*>|[^<]+|<", re.DOTALL)
_BEGINS = re.compile(r"<[^/!?][^>]*(?<!/)>")
_STEP = "  "


def pretty(body: str, content_type: str) -> list[str]:
    """Its lines. Digits, quotes and entities stay as they are written."""
    if not body:
        return []
    try:
        shape = shape_of(content_type)[0]
    except UnknownShape:
        return body.splitlines()
    if shape is Shape.FORM:
        return [f"{name}: {value}" for name, value in parse_qsl(body, keep_blank_values=True)] or [body]
    return _xml(body) if shape is Shape.XML else _json(body)


def _json(body: str) -> list[str]:
    try:
        return msgspec.json.format(body.encode(), indent=2).decode().splitlines()
    except msgspec.DecodeError:
        return body.splitlines()


def _xml(body: str) -> list[str]:
    """An element that holds nothing but text stays on its line."""
    lines, depth = list[str](), 0
    for unit in (found[0].strip() for found in _UNIT.finditer(body)):
        depth = max(0, depth - unit.startswith("</"))
        lines.extend(f"{_STEP * depth}{line}" for line in unit.splitlines())
        depth += bool(_BEGINS.fullmatch(unit))
    return lines
