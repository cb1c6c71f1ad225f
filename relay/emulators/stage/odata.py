"""The questions that a played OData service answers: `$filter` with `eq` and `and`, which is what a lookup needs."""

import re
from collections.abc import Iterable
from typing import Any

_TERM = r"\(?\s*(\w+)\s+eq\s+(?:(?:guid|datetime)?'((?:[^']|'')*)'|([\w.]+))\s*\)?"
_ALL = re.compile(rf"\s*{_TERM}(?:\s+and\s+{_TERM})*\s*")
_ONE = re.compile(_TERM)


def terms(asked: str) -> dict[str, str] | None:
    """Each field with the value that it must have, all rows for no filter; None where the filter says anything else.

    A quote within a text is doubled, as OASIS OData URL Conventions state."""
    if not asked:
        return {}
    if not _ALL.fullmatch(asked):
        return None
    return {field: text.replace("''", "'") or bare for field, text, bare in _ONE.findall(asked)}


def found(rows: Iterable[dict[str, Any]], wanted: dict[str, str]) -> list[dict[str, Any]]:
    """The rows in which every field has its value."""
    return [row for row in rows if all(str(row.get(field)) == value for field, value in wanted.items())]
