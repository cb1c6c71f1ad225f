"""What an OA's form says: its amount, under a field that the played template calls so."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from relay.errors import RelayError
from relay.money import number

AMOUNT_FIELDS = ("amount", "fd_amount", "je", "金额")


def amount_of(fields: Mapping[str, Any]) -> Decimal | None:
    """None where the form has none, or holds words there."""
    written = next((fields[name] for name in AMOUNT_FIELDS if name in fields), None)
    try:
        return number(written)
    except RelayError:
        return None


def key_of(fields: Mapping[str, Any], names: tuple[str, ...], otherwise: str) -> str:
    """What its sender calls it: the first of these fields, else its subject."""
    return str(next((fields[name] for name in names if fields.get(name)), otherwise))
