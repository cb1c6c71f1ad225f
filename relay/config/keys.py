"""What the settings declare of each key, read from the Structs that load routes.yaml: for its schema and its reference.

Texts are in the reader's language."""

from collections.abc import Iterator
from inspect import get_annotations
from typing import Any

import msgspec
from msgspec import inspect

from relay.config.kinds import Duration
from relay.duration import spelled_ms
from relay.texts import _

Shape = inspect.Type


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One key. `does`: what it is for. `unless`: what holds where it isn't set, None where its `default` says it.
    `shape`: what it takes, as msgspec has it. `examples`: as YAML reads them."""

    name: str
    shape: Shape
    does: str
    unless: str | None
    examples: list[Any]
    is_required: bool
    default: Any


def keys_of(kind: type) -> list[Key]:
    """Those of a Struct; its own before those that it shares with others."""
    return [_key(field) for field in sorted(struct(kind).fields, key=lambda field: depth(kind, field.name))]


def struct(kind: type) -> inspect.StructType:
    """What msgspec knows of a Struct."""
    shape = inspect.type_info(kind)
    if not isinstance(shape, inspect.StructType):
        raise TypeError(f"{kind.__name__} is no Struct")
    return shape


def depth(kind: type, name: str) -> int:
    """How far up the bases of a Struct a field is declared; 0 is in itself."""
    return next(far for far, base in enumerate(kind.__mro__) if name in get_annotations(base))


def alternatives(shape: Shape) -> Iterator[Shape]:
    """What a value may be, each without what is said of it, but for a format and a struct that a `type` picks."""
    if isinstance(shape, inspect.UnionType):
        for each in shape.types:
            yield from alternatives(each)
    elif isinstance(shape, inspect.Metadata) and not (said(shape, "format") or _is_tagged(shape.type)):
        yield from alternatives(shape.type)
    else:
        yield shape


def said(shape: Shape, word: str) -> Any:
    """What is said of a shape itself under a word of JSON Schema: description, examples, format; None where nothing."""
    return (shape.extra_json_schema or {}).get(word) if isinstance(shape, inspect.Metadata) else None


def formats(shape: Shape) -> set[str]:
    """The formats of the texts in it, outside of Structs."""
    found = {said(each, "format") for each in alternatives(shape)} - {None}
    inner = [part for each in alternatives(shape) for part in _parts(each)]
    return found.union(*map(formats, inner))


def _is_tagged(shape: Shape) -> bool:
    return isinstance(shape, inspect.StructType) and shape.tag_field is not None


def _parts(shape: Shape) -> list[Shape]:
    if isinstance(shape, inspect.DictType):
        return [shape.value_type]
    return [shape.item_type] if isinstance(shape, inspect.ListType | inspect.VarTupleType) else []


def _key(field: inspect.Field) -> Key:
    more = field.type.extra if isinstance(field.type, inspect.Metadata) else None
    does, held = said(field.type, "description"), (more or {}).get("unless")
    return Key(
        name=field.encode_name,
        shape=field.type,
        does=_(does) if does else "",
        unless=None if held is None else _(held),
        examples=said(field.type, "examples") or [],
        is_required=field.required,
        default=_plain(field.default),
    )


def _plain(default: Any) -> Any:
    """As YAML would have it; None where there is none, or nothing that would say more."""
    if isinstance(default, Duration):
        return spelled_ms(default.ms)
    return default if isinstance(default, str | int) else None
