"""Why an expression failed on its data, in words that never show the data."""

import decimal
import re
from types import TracebackType

from jinja2.exceptions import FilterArgumentError, TemplateError, UndefinedError

from relay.errors import ExpressionError, MissingName, RelayError
from relay.plain import kind_named
from relay.texts import N_, _

FAULTS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    RelayError,
    TemplateError,
    TypeError,
    ValueError,
)
_MOST_SHOWN = 100
_REASONS: tuple[tuple[type[Exception], str, str], ...] = (
    (decimal.Inexact, N_("digits would be lost"), N_("say how to round: | divide(3, 'CNY') for a quotient")),
    (ArithmeticError, N_("the numbers are too large to reckon with"), ""),
    (RecursionError, N_("it calls itself too often"), ""),
    (MemoryError, N_("the result is too long"), ""),
)
_COMPARED = re.compile(r"'[<>]=?' not supported between instances of '(\w+)' and '(\w+)'")
_SAFE = (TypeError, FilterArgumentError)  # their texts name types and arguments, not values


def explained(error: Exception, source: str, where: str) -> ExpressionError:
    """The error to raise for one that evaluating `source` met."""
    place = _(" in `{excerpt}`", excerpt=excerpt(source)) + _line(error.__traceback__, source)
    if isinstance(error, UndefinedError):
        return MissingName(f"{error.message}{place}", where, _("allow it by | default(…)"))
    if isinstance(error, RelayError):
        return ExpressionError(f"{error.what}{place}", where, error.remedy)
    for of, reason, remedy in _REASONS:
        if isinstance(error, of):
            return ExpressionError(f"{_(reason)}{place}", where, _(remedy))
    if compared := _COMPARED.fullmatch(str(error)):
        what = _("{one} can't be compared with {other}", one=kind_named(compared[1]), other=kind_named(compared[2]))
        remedy = _("make it a number: | decimal") if {*compared.groups()} <= {"str", "int", "Decimal"} else ""
        return ExpressionError(f"{what}{place}", where, remedy)
    reason = str(error) if isinstance(error, _SAFE) else _("the data doesn't fit the expression")
    return ExpressionError(f"{reason}{place}", where)


def excerpt(source: str) -> str:
    """The source on one line, cut where it is long."""
    line = " ".join(source.split())
    return line if len(line) <= _MOST_SHOWN else line[: _MOST_SHOWN - 1] + "…"


def _line(traceback: TracebackType | None, source: str) -> str:
    line = ""
    while traceback and "\n" in source.strip():
        template = traceback.tb_frame.f_globals.get("__jinja_template__")
        if template is not None:
            line = _(" in line {line}", line=template.get_corresponding_lineno(traceback.tb_lineno))
        traceback = traceback.tb_next
    return line
