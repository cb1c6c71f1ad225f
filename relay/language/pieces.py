"""What a compiled request body is made of: each piece is a function of the names that gives plain data or OMIT."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from relay.errors import ExpressionError
from relay.plain import kind
from relay.texts import _

Names = Mapping[str, Any]
Piece = Callable[[Names], Any]
OMIT: Any = object()


class Constant:
    """A piece that is the same whatever the names."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self, names: Names) -> Any:
        return self.value


class Layer(dict[str, Any]):
    """Some more names over others, which are looked up only when asked for."""

    def __init__(self, under: Names, over: Names = MappingProxyType({})) -> None:
        super().__init__(over)
        self._under = under

    def __missing__(self, name: str) -> Any:
        found = self[name] = self._under[name]
        return found


def object_of(entries: Sequence[tuple[str, Piece]]) -> Piece:
    """An object; a key whose value is OMIT isn't there."""

    def piece(names: Names) -> dict[str, Any]:
        made = {}
        for key, of in entries:
            value = of(names)
            if value is not OMIT:
                made[key] = value
        return made

    fixed = all(isinstance(of, Constant) and of.value is not OMIT for _, of in entries)
    return Constant(piece({})) if fixed else piece


def list_of(items: Sequence[Piece]) -> Piece:
    """A list without the items that are OMIT."""

    def piece(names: Names) -> list[Any]:
        return [value for of in items if (value := of(names)) is not OMIT]

    fixed = all(isinstance(of, Constant) for of in items)
    return Constant(piece({})) if fixed else piece


def each_of(items: Piece, name: str, do: Piece, where: str) -> Piece:
    """`do` for each item of a list, which it sees as `name`."""

    def piece(names: Names) -> list[Any]:
        layer, made = Layer(names), []
        for item in _listed("$each", items(names), where):
            layer[name] = item
            value = do(layer)
            if value is not OMIT:
                made.append(value)
        return made

    return piece


def concat_of(lists: Sequence[Piece], where: str) -> Piece:
    """One list of several; those that are OMIT are left out."""

    def piece(names: Names) -> list[Any]:
        found = [value for of in lists if (value := of(names)) is not OMIT]
        return [item for value in found for item in _listed("$concat", value, where)]

    return piece


def choice_of(condition: Piece, then: Piece, otherwise: Piece) -> Piece:
    """One of two, of which only that one is rendered."""

    def piece(names: Names) -> Any:
        return then(names) if condition(names) else otherwise(names)

    return piece


def _listed(directive: str, value: Any, where: str) -> list[Any]:
    if isinstance(value, list):
        return value
    raise ExpressionError(
        _("{directive} takes a list, not {kind}", directive=directive, kind=kind(value)),
        where,
        _("allow none by | default([], true)"),
    )
