"""What keys and which words a place in the settings may have, asked of the definitions that load it."""

from collections.abc import Iterator
from enum import Enum
from functools import cache
from typing import Any

from msgspec import inspect

from relay.config.document import Path


def known_keys(kind: type, path: Path, tree: Any) -> list[str]:
    """The keys of the mapping at `path` below a `kind`; `tree` decides where settings are told apart by a `type`."""
    for shape, inner in _reached(_shape(kind), path, tree):
        if isinstance(shape, inspect.StructType) and _chosen(shape, inner):
            return [field.encode_name for field in shape.fields] + ([shape.tag_field] if shape.tag_field else [])
    return []


def known_words(kind: type, path: Path, tree: Any) -> list[str]:
    """The words that a value at `path` may be; nothing where any text will do."""
    words = [word for shape, _ in _reached(_shape(kind), path, tree) for word in _words(shape)]
    if path:
        above = _reached(_shape(kind), path[:-1], tree)
        words += [
            str(shape.tag)
            for shape, _ in above
            if isinstance(shape, inspect.StructType) and shape.tag_field == path[-1]
        ]
    return words


@cache
def _shape(kind: type) -> inspect.Type:
    return inspect.type_info(kind)


def _reached(shape: inspect.Type, path: Path, tree: Any) -> Iterator[tuple[inspect.Type, Any]]:
    """Each shape that the value at the path may have, with the value."""
    if isinstance(shape, inspect.Metadata):
        yield from _reached(shape.type, path, tree)
    elif isinstance(shape, inspect.UnionType):
        for each in shape.types:
            yield from _reached(each, path, tree)
    elif not path:
        yield shape, tree
    elif inner := _step(shape, path[0], tree):
        yield from _reached(inner, path[1:], _item(tree, path[0]))


def _step(shape: inspect.Type, step: str | int, tree: Any) -> inspect.Type | None:
    if isinstance(shape, inspect.StructType) and _chosen(shape, tree):
        return next((field.type for field in shape.fields if field.encode_name == step), None)
    if isinstance(shape, inspect.DictType):
        return shape.value_type
    if isinstance(shape, inspect.ListType | inspect.VarTupleType):
        return shape.item_type
    return None


def _item(tree: Any, step: str | int) -> Any:
    try:
        return tree[step]
    except (KeyError, IndexError, TypeError):
        return None


def _chosen(shape: inspect.StructType, tree: Any) -> bool:
    return not shape.tag_field or not isinstance(tree, dict) or tree.get(shape.tag_field) == shape.tag


def _words(shape: inspect.Type) -> list[str]:
    if isinstance(shape, inspect.EnumType):
        return [str(member.value) for member in shape.cls if isinstance(member, Enum)]
    return [str(value) for value in shape.values] if isinstance(shape, inspect.LiteralType) else []
