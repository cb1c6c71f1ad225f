"""What a ledger asks of any voucher: both sides are equal to the cent, and something stands on them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from relay.errors import RelayError
from relay.money import CONTEXT, number


class Unbalanced(RelayError):
    """Debit and credit differ, or there is nothing on them; `debit` and `credit` are the two sums."""

    def __init__(self, debit: Decimal, credit: Decimal) -> None:
        super().__init__(f"debit {debit} and credit {credit} differ")
        self.debit, self.credit = debit, credit


def balanced(lines: Iterable[tuple[Any, Any]]) -> Decimal:
    """The sum of one side of (debit, credit) lines; None and "" are nothing. Raises Unbalanced, and RelayError on what
    is no number."""
    debit = credit = Decimal(0)
    for left, right in lines:
        debit, credit = CONTEXT.add(debit, _amount(left)), CONTEXT.add(credit, _amount(right))
    if debit != credit or not debit:
        raise Unbalanced(debit, credit)
    return debit


def missing(document: Mapping[str, Any], names: Iterable[str]) -> str | None:
    """The first of the names that the document leaves out or empty."""
    return next((name for name in names if document.get(name) in (None, "", [], {})), None)


def first(line: Mapping[str, Any], names: Iterable[str]) -> Any:
    """The value under the first name that the line has."""
    return next((line[name] for name in names if line.get(name) not in (None, "")), None)


def _amount(value: Any) -> Decimal:
    return Decimal(0) if value in (None, "") else number(value)
