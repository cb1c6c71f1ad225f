"""What a played system looks at in a document before it books it."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from relay.emulators.stage.ledger import missing
from relay.errors import RelayError
from relay.money import CONTEXT, number


class Wrong(RelayError):
    """A document that isn't booked, in the system's own words; `code` is "" where it has none for it."""

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.code = code


def code_of(error: RelayError, otherwise: str) -> str:
    """The system's code of what is wrong."""
    return (error.code if isinstance(error, Wrong) else "") or otherwise


def require(document: Mapping[str, Any], *names: str) -> None:
    """Raises Wrong for the first name that is left out or empty."""
    name = missing(document, names)
    if name:
        raise Wrong(f"{name} is required")


def objects(value: object) -> list[dict[str, Any]]:
    """A list of objects, empty where there is none. Raises Wrong on anything else."""
    rows = [] if value is None else value
    if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
        return rows
    raise Wrong("a list of objects is needed")


def inner(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object within, empty where there is none. Raises Wrong on anything else."""
    value = document.get(name) or {}
    if isinstance(value, dict):
        return value
    raise Wrong(f"{name} isn't an object")


def amount(value: object) -> Decimal:
    """0 where there is none. Raises RelayError on what is no number."""
    return Decimal(0) if value in (None, "") else number(value)


def total(rows: Iterable[Mapping[str, Any]], name: str) -> Decimal:
    """The sum of one field. Raises RelayError on what is no number."""
    found = Decimal(0)
    for row in rows:
        found = CONTEXT.add(found, amount(row.get(name)))
    return found
