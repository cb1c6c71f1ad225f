"""The operators of expressions: no digit is lost, `/` of integers is a decimal, and nothing grows without bound."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from jinja2 import Undefined

from relay.errors import ExpressionError
from relay.money import CONTEXT
from relay.plain import fail, kind
from relay.texts import _

Number = int | Decimal
_NUMBERS = frozenset({int, Decimal})
_DIVISIONS = frozenset({"/", "//", "%"})
_MOST_BITS = 13_000  # some 3,900 digits: Python prints an int of up to 4,300
_MOST_POWER = 1000
_MOST_LENGTH = 8 * 1024 * 1024


def binary(operator: str, left: Any, right: Any) -> Any:
    """Numbers by every operator; text and lists by `+` alone. Raises ExpressionError, UndefinedError on what is
    missing, and decimal's own errors where digits would be lost."""
    if type(left) in _NUMBERS and type(right) in _NUMBERS:
        if not right and operator in _DIVISIONS:
            raise ExpressionError(_("division by zero"))
        return _bounded(_OPERATORS[operator](left, right))
    if operator == "+" and type(left) is type(right) and isinstance(left, str | list):
        return _joined(left, right)
    for side in (left, right):
        if isinstance(side, Undefined):
            fail(side)
    remedy = _("join text by ~, and make a number of text by | decimal")
    raise ExpressionError(
        _(
            "{operator} takes two numbers, not {left} and {right}",
            operator=operator,
            left=kind(left),
            right=kind(right),
        ),
        remedy=remedy,
    )


def unary(operator: str, value: Any) -> Number:
    """The sign of a number. Raises as `binary` does."""
    if type(value) not in _NUMBERS:
        return binary("-", 0, value)  # type: ignore[no-any-return]  # it raises
    if operator == "+":
        return value  # type: ignore[no-any-return]
    return -value if type(value) is int else CONTEXT.minus(value)


def _bounded(value: Number) -> Number:
    if type(value) is Decimal and not value.is_finite():
        raise ExpressionError(_("the result isn't finite"))
    if type(value) is int and value.bit_length() > _MOST_BITS:
        raise ExpressionError(_("the number has thousands of digits"))
    return value


def _joined(left: Any, right: Any) -> Any:
    if len(left) + len(right) > _MOST_LENGTH:
        raise ExpressionError(_("the result is too long"))
    return left + right


def _on_both(of_integers: Callable[[int, int], int], of_decimals: Callable[[Any, Any], Decimal]) -> Any:
    def operate(left: Any, right: Any) -> Number:
        return of_integers(left, right) if type(left) is type(right) is int else of_decimals(left, right)

    return operate


def _floor_divide(left: Any, right: Any) -> Decimal:
    whole, rest = CONTEXT.divmod(left, right)
    return CONTEXT.subtract(whole, 1) if rest and (rest < 0) != (right < 0) else whole


def _modulo(left: Any, right: Any) -> Decimal:
    rest = CONTEXT.remainder(left, right)
    return CONTEXT.add(rest, right) if rest and (rest < 0) != (right < 0) else rest


def _power(left: Any, right: Any) -> Number:
    if abs(right) > _MOST_POWER or right != int(right):
        raise ExpressionError(_("** takes a whole power of at most {most}", most=_MOST_POWER))
    if type(left) is int and type(right) is int and right >= 0 and left.bit_length() * right <= _MOST_BITS:
        return int(left**right)
    return CONTEXT.power(left, right)


_OPERATORS: dict[str, Callable[[Any, Any], Number]] = {
    "+": _on_both(int.__add__, CONTEXT.add),
    "-": _on_both(int.__sub__, CONTEXT.subtract),
    "*": _on_both(int.__mul__, CONTEXT.multiply),
    "/": CONTEXT.divide,
    "//": _on_both(int.__floordiv__, _floor_divide),
    "%": _on_both(int.__mod__, _modulo),
    "**": _power,
}
