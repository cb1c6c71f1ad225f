"""What a test says must be there against what there is: only the parts that it names, numbers by their value. Pure."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import takewhile, zip_longest
from typing import Any, NamedTuple

from relay.errors import RelayError
from relay.money import encode_json, number
from relay.plain import text
from relay.trial import Path

MISSING = object()
LONGEST = 160
_NEAR = 40


class Difference(NamedTuple):
    """`at`: the steps to it. Either side may be MISSING: `expected`, where a list has an item more than it should."""

    at: Path
    expected: Any
    got: Any

    @property
    def weight(self) -> int:
        """How many values are otherwise."""
        return max(_values(self.expected), 1)

    def lines(self) -> Iterator[str]:
        """As a diff shows it: `- body.total: 12.30`, `+ body.total: 12.31`."""
        name = spelled(self.at)
        expected, got = _printed(self.expected), _printed(self.got)
        skipped = _common(expected, got)
        for sign, printed in (("-", expected), ("+", got)):
            if printed is not None:
                yield f"{sign} {name}: {_cut(printed, skipped)}"


def differences(expected: Any, got: Any, at: Path = (), *, loosely: bool = False) -> Iterator[Difference]:
    """Where the named parts aren't so. Lists are as long as they are said to be. `loosely`: `got` knows only texts, as
    XML, forms, headers and queries do, and one element of a name is a list of one."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for key, value in expected.items():
            yield from differences(value, got.get(key, MISSING), (*at, key), loosely=loosely)
    elif isinstance(expected, list) and (items := _items(got, loosely=loosely)) is not None:
        for number_, (value, there) in enumerate(zip_longest(expected, items, fillvalue=MISSING)):
            yield from differences(value, there, (*at, number_), loosely=loosely)
    elif not _is_same(expected, got, loosely=loosely):
        yield Difference(at, expected, got)


def spelled(at: Path) -> str:
    """A path as people write it: body.lines[0].account."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in at)
    return "".join(steps).removeprefix(".")


def in_any_case(expected: Mapping[str, Any], got: Mapping[str, Any]) -> dict[str, Any]:
    """Of headers those that are named, under the names that they are given there."""
    known = {name.lower(): value for name, value in got.items()}
    return {name: known[name.lower()] for name in expected if name.lower() in known}


def _values(tree: Any) -> int:
    inside = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return sum(map(_values, inside)) if isinstance(tree, dict | list) else 1


def _items(got: Any, *, loosely: bool) -> list[Any] | None:
    if isinstance(got, list):
        return got
    return [got] if loosely and got is not MISSING else None


def _is_same(expected: Any, got: Any, *, loosely: bool) -> bool:
    if expected is MISSING or got is MISSING:
        return False
    if _is_number(expected):
        return not isinstance(got, bool) and bool(expected == (_as_number(got) if loosely else got))
    if loosely and isinstance(expected, bool):
        return bool(text(expected) == got)
    return type(expected) is type(got) and bool(expected == got)


def _is_number(value: Any) -> bool:
    return type(value) in (int, Decimal)


def _as_number(value: Any) -> Any:
    """What a text says; the text itself where it says no number."""
    try:
        return number(value)
    except RelayError:
        return value


def _printed(value: Any) -> str | None:
    """As JSON, in which a text and a number differ."""
    return None if value is MISSING else encode_json(value).decode()


def _common(expected: str | None, got: str | None) -> int:
    """How much of two long values is left out at their beginning, as it is the same."""
    if not expected or not got or max(len(expected), len(got)) <= LONGEST:
        return 0
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(expected, got, strict=False)))
    return max(0, same - _NEAR)


def _cut(printed: str, skipped: int) -> str:
    left = printed[skipped:]
    shown = left if len(left) <= LONGEST else f"{left[:LONGEST]}…"
    return f"…{shown}" if skipped else shown
