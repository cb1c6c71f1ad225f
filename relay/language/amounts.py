"""The filters that reckon with amounts: rounding only where it is named, and books that balance."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from jinja2 import Environment, Undefined, filters, pass_environment

from relay import money
from relay.errors import ExpressionError, RelayError
from relay.language.arithmetic import binary
from relay.plain import fail, kind, text
from relay.texts import _

_UNGIVEN: Any = object()


def given(value: Any) -> Any:
    """The value. Raises UndefinedError on what is missing."""
    if isinstance(value, Undefined):
        fail(value)
    return value


def integer(value: Any, default: Any = _UNGIVEN) -> Any:
    """A whole number of a number or its text, else the default. Raises ExpressionError where there is none."""
    try:
        exact = money.number(given(value))
    except RelayError:
        exact = None
    if exact is not None and exact == exact.to_integral_value():
        return int(exact)
    if default is _UNGIVEN:
        raise ExpressionError(_("int takes a whole number"), remedy=_("use | round first, or name a default: | int(0)"))
    return default


def is_balanced(lines: Any, debit: str = "debit", credit: str | None = "credit") -> bool:
    """Whether the two columns of some lines have one sum; with `credit` none, whether the one column has the sum 0.
    Raises ExpressionError where there are no lines, or where none has such a column."""
    left, right = _sides(lines, debit, credit)
    return left == right


def balanced(lines: Any, debit: str = "debit", credit: str | None = "credit") -> Any:
    """The lines, if they balance. Raises ExpressionError with both sums, and as `is_balanced` does."""
    left, right = _sides(lines, debit, credit)
    if left == right:
        return lines
    if credit is None:
        raise ExpressionError(
            _("the lines don't balance: {debit} comes to {left}, and not to 0", debit=debit, left=text(left))
        )
    raise ExpressionError(
        _(
            "the lines don't balance: {debit} {left}, {credit} {right}",
            debit=debit,
            left=text(left),
            credit=credit,
            right=text(right),
        )
    )


def _sides(lines: Any, debit: str, credit: str | None) -> tuple[Decimal, Decimal]:
    if not isinstance(given(lines), list) or not all(isinstance(line, dict) for line in lines):
        raise ExpressionError(_("balanced takes a list of lines, not {kind}", kind=kind(lines)))
    if not lines:
        raise ExpressionError(_("there are no lines to balance"))
    return _column(lines, debit), Decimal(0) if credit is None else _column(lines, credit)


def _column(lines: list[dict[str, Any]], name: str) -> Decimal:
    """A line may leave it out, for it stands on one side; a column that no line has is a slip of the pen."""
    if not any(name in line for line in lines):
        raise ExpressionError(
            _("no line has {name}", name=repr(name[:40])), remedy=_("name the columns: | balanced('debit', 'credit')")
        )
    total = Decimal(0)
    for line in lines:
        if line.get(name) is not None:
            total = money.CONTEXT.add(total, money.number(line[name]))
    return total


def _decimal(value: Any) -> Decimal:
    return money.number(given(value))


def _money(value: Any, currency_or_places: str | int, rounding: str = "half_up") -> Decimal:
    return money.money(given(value), currency_or_places, rounding)


def _minor(value: Any, currency_or_places: str | int, rounding: str = money.EXACT) -> int:
    return money.minor(given(value), currency_or_places, rounding)


def _from_minor(value: Any, currency_or_places: str | int) -> Decimal:
    return money.from_minor(given(value), currency_or_places)


def _divide(value: Any, divisor: Any, currency_or_places: str | int, rounding: str = "half_up") -> Decimal:
    return money.quotient(given(value), given(divisor), currency_or_places, rounding)


def _round(value: Any, places: int = 0, rounding: str = "half_up") -> Decimal:
    return money.rounded(money.number(given(value)), money.places(places), rounding)


def _abs(value: Any) -> Any:
    return binary("-", 0, value) if given(value) < 0 else binary("+", 0, value)


@pass_environment
def _sum(environment: Environment, values: Iterable[Any], attribute: str | int | None = None, start: Any = 0) -> Any:
    total = start
    for value in values if attribute is None else map(filters.make_attrgetter(environment, attribute), values):
        total = binary("+", total, value)
    return total


AMOUNTS: dict[str, Callable[..., Any]] = {
    "abs": _abs,
    "balanced": balanced,
    "decimal": _decimal,
    "divide": _divide,
    "from_minor": _from_minor,
    "int": integer,
    "minor": _minor,
    "money": _money,
    "round": _round,
    "sum": _sum,
}
