"""The text that a scheme signs: a template over the parts of a request, split once and never while verifying."""

import re
from collections.abc import Callable, Iterable, Mapping

import msgspec

from relay.signature import Received
from relay.signatures.reading import header_at, on_wire, query_at

_PLAIN = ("timestamp", "body", "id", "method", "url")
_NAMED = ("header", "query")
_SHAPE = re.compile(r"\{([^{}]*)\}")


class Field(msgspec.Struct, frozen=True):
    """`{kind}` or `{kind:name}`."""

    kind: str
    name: str = ""


def parse(text: str) -> tuple[str | Field, ...]:
    """Literals and fields in their order. Raises ValueError on a field that isn't known and on a lone brace."""
    pieces = _SHAPE.split(text)
    parts = [_field(piece) if n % 2 else _literal(piece) for n, piece in enumerate(pieces)]
    return tuple(part for part in parts if part)


def fields(text: str) -> set[str]:
    """The kinds of the fields that a template reads."""
    return {part.kind for part in parse(text) if isinstance(part, Field)}


def fill_in(parts: Iterable[str | Field], values: Mapping[str, str]) -> str:
    """The text of a parsed template; `values` by kind of field."""
    return "".join(values[part.kind] if isinstance(part, Field) else part for part in parts)


def _literal(piece: str) -> str:
    if "{" in piece or "}" in piece:
        raise ValueError("a brace stands alone: write {body}, {timestamp}, {header:Name} …")
    return piece


def _field(piece: str) -> Field:
    kind, _, name = piece.partition(":")
    if name and kind in _NAMED:
        return Field(kind, name)
    if kind in _PLAIN and kind == piece:
        return Field(kind)
    known = ", ".join([f"{{{kind}}}" for kind in _PLAIN] + [f"{{{kind}:name}}" for kind in _NAMED])
    raise ValueError(f"{{{piece[:40]}}} is not known: there are {known}")


Part = Callable[[Received, bytes], bytes]


class Content:
    """What a scheme signs of a request. `id_header` is where `{id}` comes from."""

    def __init__(self, text: str, id_header: str | None) -> None:
        self._parts = [_part(part, id_header or "") for part in parse(text)]

    def __call__(self, received: Received, timestamp: bytes) -> bytes:
        """Raises Forged where the request lacks a part."""
        return b"".join([part(received, timestamp) for part in self._parts])


def _part(part: str | Field, id_header: str) -> Part:
    if isinstance(part, str):
        literal = part.encode()
        return lambda received, timestamp: literal
    if part.kind in _READS:
        return _READS[part.kind]
    read = query_at(part.name) if part.kind == "query" else header_at(part.name or id_header)
    return lambda received, timestamp: read(received)


_READS: dict[str, Part] = {
    "timestamp": lambda received, timestamp: timestamp,
    "body": lambda received, timestamp: received.body,
    "method": lambda received, timestamp: on_wire(received.method),
    "url": lambda received, timestamp: on_wire(received.url, "utf-8"),
}
