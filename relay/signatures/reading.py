"""Reads single values out of a request, as the bytes they were on the wire, and refuses what no sender would send."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from relay.errors import ExpressionError, Forged
from relay.plain import text
from relay.signature import Received

LONGEST = 65_536  # characters of one header or query value
MOST = 64  # signatures that are looked at in one value: a sender offers two or three while a secret rolls
MOST_NUMBERED = 16  # headers that are counted from 1

Read = Callable[[Received], bytes]


class Place(msgspec.Struct, frozen=True):
    """Where a single value stands. `kind`: header, query, field, vars, path. `names`: of which the first that is there
    counts; none for the path."""

    kind: str
    names: tuple[str, ...] = ()


def reader(place: Place) -> Read:
    """Reads what stands there; the reader raises Forged where nothing does."""
    if place.kind == "path":
        return path_at_end
    return _READERS[place.kind](*place.names)


def on_wire(value: str, encoding: str = "latin-1") -> bytes:
    """Raises Forged on a text that is too long, or that can't have been bytes."""
    if len(value) > LONGEST:
        raise Forged
    return _bytes(value, encoding)


def arrived(value: str) -> str:
    """A header's value as its receiver decodes it: it leaves in UTF-8, and is read as latin-1."""
    return value.encode().decode("latin-1")


def header_at(*names: str) -> Read:
    """Reads the first header of these names; the reader raises Forged where there is none."""
    keys = [name.lower() for name in names]
    if len(keys) > 1:
        return lambda received: on_wire(_present(_first(received.headers.get(key) for key in keys)))
    key = keys[0]

    def read(received: Received) -> bytes:
        return on_wire(_present(received.headers.get(key)))

    return read


def numbered_headers(name: str, number: str) -> Read:
    """Reads all the headers of that name with 1, 2, 3 … in the place of the number, joined by commas."""
    keys = [name.replace(number, str(n)).lower() for n in range(1, MOST_NUMBERED + 1)]

    def read(received: Received) -> bytes:
        there = [received.headers[key] for key in keys if key in received.headers]
        return on_wire(_present(",".join(there) or None))

    return read


def query_at(*names: str) -> Read:
    """Reads the first query parameter of these names; the reader raises Forged where there is none."""

    def read(received: Received) -> bytes:
        return on_wire(_present(_first(received.query.get(name) for name in names)), "utf-8")

    return read


def field_at(*paths: str) -> Read:
    """Reads the first field of the body at one of these dotted paths, as it prints; the reader raises Forged where
    there is none. It may be long, for it may be all that was encrypted."""
    ways = [path.split(".") for path in paths]

    def read(received: Received) -> bytes:
        found = _first(_at(received.tree, way) for way in ways)
        try:
            return _bytes(text(_present(found)), "utf-8")
        except ExpressionError:
            raise Forged from None

    return read


def variable_at(*names: str) -> Read:
    """Reads the first variable of the source; the reader raises Forged where there is none."""

    def read(received: Received) -> bytes:
        return _bytes(_present(_first(received.vars.get(name) for name in names)), "utf-8")

    return read


def path_at_end(received: Received) -> bytes:
    """What stands behind /in/{source}/. Raises Forged where nothing does."""
    return on_wire(_present(received.secret_path), "utf-8")


_READERS: dict[str, Callable[..., Read]] = {
    "header": header_at,
    "query": query_at,
    "field": field_at,
    "vars": variable_at,
}


def _at(tree: Any, way: Sequence[str]) -> Any:
    """None where the tree doesn't go there."""
    for step in way:
        if isinstance(tree, dict):
            tree = tree.get(step)
        elif isinstance(tree, list) and step.isdecimal() and int(step) < len(tree):
            tree = tree[int(step)]
        else:
            return None
    return tree


def _first(values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _present(value: Any) -> Any:
    if value is None:
        raise Forged
    return value


def _bytes(value: str, encoding: str) -> bytes:
    try:
        return value.encode(encoding)
    except UnicodeEncodeError:
        raise Forged from None


def split(value: bytes, separator: bytes | None) -> list[bytes]:
    """The first MOST pieces of a value, without space around them; the whole value where nothing parts it."""
    if separator is None:
        return [value]
    return [piece.strip() for piece in value.split(separator, MOST)[:MOST]]


def pairs(value: bytes, separator: bytes, key: bytes) -> list[bytes]:
    """The values of every `key=value` among the pieces."""
    parted = [piece.partition(b"=") for piece in split(value, separator)]
    return [found.strip() for name, equals, found in parted if equals and name.strip() == key]


def after_prefix(candidates: list[bytes], prefix: bytes, *, any_case: bool) -> list[bytes]:
    """What follows the prefix, of those candidates that have it."""
    size = len(prefix)
    if any_case:
        prefix = prefix.lower()
        return [candidate[size:] for candidate in candidates if candidate[:size].lower() == prefix]
    return [candidate[size:] for candidate in candidates if candidate.startswith(prefix)]
