"""The filters and tests of expressions: Jinja's harmless ones, and ours where Jinja would use a float or guess."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import tzinfo
from functools import wraps
from itertools import starmap
from typing import Any
from urllib.parse import quote

from jinja2 import filters, pass_eval_context, tests
from jinja2.nodes import EvalContext

from relay import money
from relay.errors import ExpressionError
from relay.language import dates, escapes, files, lists
from relay.language.amounts import AMOUNTS, given, is_balanced
from relay.language.arithmetic import binary
from relay.language.lengths import cut, truncated
from relay.language.proofs import PROOFS
from relay.plain import kind, plain, text
from relay.texts import _

_MOST_ITEMS = 100_000
_MOST_TEXT = 8 * 1024 * 1024

_JINJAS = (
    *("default", "d", "length", "count", "map", "select", "reject", "selectattr", "rejectattr", "first", "last"),
    *("min", "max", "sort", "unique", "groupby", "dictsort", "list", "reverse"),
)
_JINJAS_ON_TEXT = ("upper", "lower", "trim", "capitalize", "title", "wordcount")
_JINJAS_TESTS = (
    *("defined", "undefined", "none", "boolean", "false", "true", "integer", "number", "string", "mapping", "sequence"),
    *("iterable", "lower", "upper", "in", "==", "eq", "equalto", "!=", "ne", ">", "gt", "greaterthan", ">=", "ge"),
    *("<", "lt", "lessthan", "<=", "le", "sameas"),
)


def filters_of(local: tzinfo | None) -> dict[str, Callable[..., Any]]:
    """All filters by name; `local` is the zone in which `date` prints, unless it is told another."""

    def date(value: Any, pattern: str = "%Y-%m-%d", zone: str | None = None) -> str:
        return dates.printed(dates.moment_in(given(value), local, zone), pattern)

    found: dict[str, Callable[..., Any]] = {"date": date, **_OURS, **PROOFS}
    found |= lists.FILTERS | escapes.FILTERS | files.FILTERS
    found.update((name, filters.FILTERS[name]) for name in _JINJAS)
    found.update((name, _on_text(filters.FILTERS[name])) for name in _JINJAS_ON_TEXT)
    return found


def tests_of() -> dict[str, Callable[..., Any]]:
    """All tests by name."""
    found: dict[str, Any] = {name: tests.TESTS[name] for name in _JINJAS_TESTS}
    found["odd"] = lambda value: binary("%", value, 2) == 1
    found["even"] = lambda value: binary("%", value, 2) == 0
    found["divisibleby"] = lambda value, by: binary("%", value, by) == 0
    return found | {"startswith": _startswith, "endswith": _endswith, "balanced": is_balanced}


def bounded_range(*bounds: int) -> list[int]:
    """Python's range as a list. Raises ExpressionError beyond 100,000 items."""
    return list(range(_count(len(range(*bounds)))) and range(*bounds))


def _count(number: int) -> int:
    if number > _MOST_ITEMS:
        raise ExpressionError(_("more than {most} items", most=_MOST_ITEMS))
    return number


def _on_text(wrapped: Callable[..., Any]) -> Callable[..., Any]:
    return wraps(wrapped)(lambda value, *args, **options: wrapped(text(value), *args, **options))


def _startswith(value: Any, start: str) -> bool:
    return text(value).startswith(start)


def _endswith(value: Any, end: str) -> bool:
    return text(value).endswith(end)


@pass_eval_context
def _join(context: EvalContext, values: Iterable[Any], between: str = "", attribute: str | int | None = None) -> str:
    if attribute is not None:
        values = map(filters.make_attrgetter(context.environment, attribute), values)
    return filters.sync_do_join(context, map(text, values), between)


def _replace(value: Any, old: str, new: Any, count: int = -1) -> str:
    whole, new = text(value), text(new)
    if whole.count(old) * len(new) > _MOST_TEXT:
        raise ExpressionError(_("the result is too long"))
    return whole.replace(old, new, count)


def _items(value: Any) -> list[tuple[str, Any]]:
    if isinstance(given(value), Mapping):
        return list(value.items())
    raise ExpressionError(_("items takes an object, not {kind}", kind=kind(value)))


def _split(value: Any, separator: str) -> list[str]:
    if not text(separator):
        raise ExpressionError(_("split takes a separator"), remedy=_("such as | split('/')"))
    return text(given(value)).split(text(separator))


def _batch(values: Iterable[Any], size: int, fill: Any = None) -> Iterator[Any]:
    return filters.do_batch(given(values), _count(size), fill)


def _slice(values: Iterable[Any], parts: int, fill: Any = None) -> Iterator[Any]:
    return filters.sync_do_slice(given(values), _count(parts), fill)


def _to_json(value: Any) -> str:
    return money.encode_json(plain(value)).decode()


def _from_json(value: Any) -> Any:
    return money.decode_json(text(given(value)).encode("utf-8", "surrogatepass"))


def _url_encode(value: Any) -> str:
    if isinstance(value, Mapping):
        return "&".join(starmap("{}={}".format, ((_quoted(key), _quoted(item)) for key, item in value.items())))
    return _quoted(value)


def _quoted(value: Any) -> str:
    return quote(text(value), safe="")


_OURS: dict[str, Callable[..., Any]] = {
    **AMOUNTS,
    "batch": _batch,
    "cut": cut,
    "endswith": _endswith,
    "fromjson": _from_json,
    "items": _items,
    "join": _join,
    "replace": _replace,
    "slice": _slice,
    "split": _split,
    "startswith": _startswith,
    "string": text,
    "tojson": _to_json,
    "truncate": truncated,
    "urlencode": _url_encode,
}
