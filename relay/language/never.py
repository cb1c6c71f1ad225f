"""Conditions that can't hold whatever the data is, as far as that is certain: `a == 'x' and a == 'y'`."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from jinja2 import nodes

_MOST_BRANCHES = 64
_TURNED = {"gt": "lt", "gteq": "lteq", "lt": "gt", "lteq": "gteq", "eq": "eq", "ne": "ne"}
_NEGATED = {
    "eq": "ne",
    "ne": "eq",
    "in": "notin",
    "notin": "in",
    "gt": "lteq",
    "lteq": "gt",
    "lt": "gteq",
    "gteq": "lt",
}
NOTHING: Mapping[str, frozenset[str]] = MappingProxyType({})
_OPEN = object()
Claim = tuple[str, str, Any]  # what it is about, the operator, the constant
_OPAQUE: list[list[Claim]] = [[]]


def never(node: nodes.Expr, given: Mapping[str, frozenset[str]] = NOTHING) -> str | None:
    """What no value fits, as it is written where it is a name; empty where the condition is false by itself. None where
    it may hold. `given`: what is known already, by dotted name: the values that there are."""
    branches = _branches(node, negated=False)
    if branches is None:
        return None
    known = [(name, "in", list(values)) for name, values in given.items()]
    clashes = [_clash([*known, *claims]) for claims in branches]
    return None if None in clashes else next(filter(None, clashes), "")


def _branches(node: nodes.Expr, *, negated: bool) -> list[list[Claim]] | None:
    """Ways in which it may hold, each with all that is claimed at once; None where there are too many."""
    if isinstance(node, nodes.Not):
        return _branches(node.node, negated=not negated)
    if not isinstance(node, nodes.And | nodes.Or):
        return _claimed(node, negated=negated)
    left, right = _branches(node.left, negated=negated), _branches(node.right, negated=negated)
    if left is None or right is None:
        return None
    if isinstance(node, nodes.Or) is not negated:
        return [*left, *right]
    both = [[*first, *then] for first in left[: _MOST_BRANCHES + 1] for then in right]
    return both if len(both) <= _MOST_BRANCHES else None


def _claimed(node: nodes.Expr, *, negated: bool) -> list[list[Claim]]:
    constant = _constant(node)
    if constant is not _OPEN:
        return [[]] if bool(constant) is not negated else []
    if not isinstance(node, nodes.Compare) or (negated and len(node.ops) > 1):
        return _OPAQUE
    return [list(_compared(node, negated=negated))]


def _compared(node: nodes.Compare, *, negated: bool) -> Iterator[Claim]:
    left: nodes.Expr = node.expr
    for operand in node.ops:
        operator, right = _NEGATED[operand.op] if negated else operand.op, operand.expr
        if _constant(right) is not _OPEN:
            yield _about(left), operator, _constant(right)
        elif _constant(left) is not _OPEN and operator in _TURNED:
            yield _about(right), _TURNED[operator], _constant(left)
        left = right


def _about(node: nodes.Expr) -> str:
    """A name as it is written; anything else as its tree."""
    if isinstance(node, nodes.Getattr) and (holder := _about(node.node)).replace(".", "").isidentifier():
        return f"{holder}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else repr(node)


def _constant(node: nodes.Expr) -> Any:
    """Its value, where it has one whatever the data is."""
    if isinstance(node, nodes.Neg):
        inner = _constant(node.node)
        return -inner if _is_number(inner) else _OPEN
    try:
        return node.as_const()
    except Exception:  # noqa: BLE001 - Jinja evaluates it, and whatever it meets says only that it can't be told
        return _OPEN


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _clash(claims: list[Claim]) -> str | None:
    """The first that no value fits."""
    names = dict.fromkeys(about for about, *_ in claims)
    return next((name for name in names if not _agree([claim for claim in claims if claim[0] == name])), None)


def _agree(claims: list[Claim]) -> bool:
    """Whether one value can meet all that is claimed of it."""
    lists = [
        [constant] if operator == "eq" else constant for _, operator, constant in claims if _names(operator, constant)
    ]
    if not lists:
        return _leaves_room(claims)
    return any(all(_meets(value, operator, constant) for _, operator, constant in claims) for value in lists[0])


def _names(operator: str, constant: Any) -> bool:
    return operator == "eq" or (operator == "in" and isinstance(constant, list | tuple))


def _meets(value: Any, operator: str, constant: Any) -> bool:
    """True where it can't be told."""
    match operator:
        case "eq":
            return bool(value == constant)
        case "ne":
            return bool(value != constant)
        case "in" | "notin" if isinstance(constant, list | tuple):
            return (value in constant) is (operator == "in")
    return not (_is_number(value) and _is_number(constant)) or _ordered(value, operator, constant)


def _ordered(value: Any, operator: str, constant: Any) -> bool:
    match operator:
        case "gt":
            return bool(value > constant)
        case "gteq":
            return bool(value >= constant)
        case "lt":
            return bool(value < constant)
        case "lteq":
            return bool(value <= constant)
    return True


def _leaves_room(claims: list[Claim]) -> bool:
    """Between the bounds of numbers."""
    lower = [
        (each, operator == "gt") for _, operator, each in claims if operator in ("gt", "gteq") and _is_number(each)
    ]
    upper = [
        (each, operator == "lt") for _, operator, each in claims if operator in ("lt", "lteq") and _is_number(each)
    ]
    if not lower or not upper:
        return True
    (low, over), (high, under) = max(lower), min(upper, key=lambda bound: (bound[0], not bound[1]))
    return bool(low < high or (low == high and not over and not under))
