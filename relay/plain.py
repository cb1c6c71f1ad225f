"""Plain data: what JSON can say, with decimals and without floats; how it prints, and what else is refused."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NoReturn

from jinja2 import Undefined, UndefinedError

from relay.errors import ExpressionError
from relay.texts import N_, _

_SCALARS = frozenset({str, int, bool, type(None), Decimal})
_MOST_PLACES = 100  # more stay written with an exponent, or seven bytes of JSON would become thousands
_TEXT = frozenset({str})
_KINDS = {
    str: N_("text"),
    bool: N_("true or false"),
    int: N_("a number"),
    Decimal: N_("a number"),
    float: N_("a float"),
    type(None): "null",
    dict: N_("an object"),
    list: N_("a list"),
    tuple: N_("a list"),
}


def kind(value: Any) -> str:
    """What a value is called in an error, which never shows the value itself."""
    return _(_KINDS.get(type(value), N_("a value of another kind")))


def kind_named(name: str) -> str:
    """The same by the type's name, as Python's own errors give it."""
    named = {of.__name__: said for of, said in _KINDS.items()}
    return _(named.get(name, N_("a value of another kind")))


def is_plain(value: Any) -> bool:
    """Whether it is made of JSON's types alone: keys are text, numbers int or Decimal, no float anywhere."""
    pending = [value]
    for each in pending:
        of = type(each)
        if of is dict and _TEXT.issuperset(map(type, each)):
            inside = each.values()
        elif of is list:
            inside = each
        elif of in _SCALARS:
            continue
        else:
            return False
        if not _SCALARS.issuperset(map(type, inside)):
            pending.extend(inside)
    return True


def plain(value: Any) -> Any:
    """The value as plain data: what is lazy becomes a list, markup becomes text.
    Raises ExpressionError on anything else, UndefinedError on what is missing."""
    return value if type(value) in _SCALARS or is_plain(value) else _made_plain(value)


def _made_plain(value: Any) -> Any:
    if isinstance(value, Undefined):
        fail(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping) and set(map(type, value)) <= {str}:
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | Iterator):
        return [plain(item) for item in value]
    raise ExpressionError(_("the result holds {kind}, which is no plain data", kind=kind(value)))


def fail(undefined: Undefined) -> NoReturn:
    """Raises the UndefinedError that the value stands for: any use of it does."""
    raise UndefinedError(str(int(undefined)))  # int() raises first, with the reason that only its class knows


def text(value: Any) -> str:
    """How a value prints: null as nothing, decimals in plain digits as they came, markup as it is.
    Raises ExpressionError on a list or an object, UndefinedError on what is missing."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return digits(value)
    if isinstance(value, int | Undefined):
        return str(value)
    if value is None:
        return ""
    raise ExpressionError(_("{kind} can't stand in text", kind=kind(value)), remedy=_("use | tojson or | join"))


def digits(number: Decimal) -> str:
    """0.00000001 stays so, where Python would print 1E-8; 1E+2 and 1E-2000 stay too."""
    exponent = number.as_tuple().exponent
    return format(number, "f") if isinstance(exponent, int) and -_MOST_PLACES <= exponent < 0 else str(number)
