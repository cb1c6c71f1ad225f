"""Filters for lists and objects as ERPs have them: one item that stands alone, none that isn't there, a verdict for
each, a key beside others."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jinja2 import Undefined, filters, pass_context
from jinja2.runtime import Context

from relay.errors import ExpressionError
from relay.plain import kind
from relay.texts import _


def _as_list(value: Any) -> list[Any]:
    """XML says one item as itself and none not at all."""
    if isinstance(value, Undefined) or value is None:
        return []
    return value if isinstance(value, list) else [value]


@pass_context
def _all(context: Context, values: Any, *test: Any) -> bool:
    """Of none it is false: an answer that names no item says of none that it is good."""
    items = _listed("all", values)
    return bool(items) and len(items) == len(_passing(context, items, test))


@pass_context
def _any(context: Context, values: Any, *test: Any) -> bool:
    return bool(_passing(context, _listed("any", values), test))


def _passing(context: Context, items: list[Any], test: tuple[Any, ...]) -> list[Any]:
    return list(filters.sync_do_selectattr(context, items, *test))


def _listed(name: str, value: Any) -> list[Any]:
    if isinstance(value, list | Iterator):
        return list(value)
    raise ExpressionError(
        _("{name} takes a list, not {kind}", name=name, kind=kind(value)), remedy=_("write | aslist before it")
    )


def _combine(value: Any, *others: Any) -> dict[str, Any]:
    """One object of several; of one key the last says what it is."""
    for each in (value, *others):
        if not isinstance(each, Mapping):
            raise ExpressionError(_("combine takes objects, not {kind}", kind=kind(each)))
    return {key: of for each in (value, *others) for key, of in each.items()}


def _spread(values: Any, path: str, *keys: str) -> list[dict[str, Any]]:
    """The items of the lists at a path in several objects as one list, each with these keys of its object."""
    spread: list[dict[str, Any]] = []
    for outer in _listed("spread", values):
        inner = outer
        for step in path.split("."):
            inner = inner[step] if isinstance(inner, Mapping) and step in inner else None
        shared = {key: outer[key] for key in keys if key in outer} if isinstance(outer, Mapping) else {}
        spread += [_combine(shared, item) for item in _listed("spread", inner)]
    return spread


FILTERS: dict[str, Callable[..., Any]] = {
    "aslist": _as_list,
    "all": _all,
    "any": _any,
    "combine": _combine,
    "spread": _spread,
}
