"""The text that a scheme signs, as a template over the parts of a request: literals and fields in their order."""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from relay.texts import _

_PLAIN = ("timestamp", "body", "id", "method", "url", "secret", "crc32", "form_json")
_NAMED = ("header", "query", "field", "vars")
URL_FORMS = ("port", "portless", "unescaped")
_SHAPE = re.compile(r"\{([^{}]*)\}")


class Field(msgspec.Struct, frozen=True):
    """`{kind}` or `{kind:name}`; `{kind:one|other}` is the first that is there, `{kind:name?}` may be missing."""

    kind: str
    name: str = ""
    optional: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Of which the first that is there counts."""
        return tuple(self.name.split("|"))


def parse(text: str, plain: Sequence[str] = _PLAIN, named: Sequence[str] = _NAMED) -> tuple[str | Field, ...]:
    """Literals and fields in their order. Raises ValueError on a field that isn't known and on a lone brace."""
    pieces = _SHAPE.split(text)
    parts = [_field(piece, plain, named) if n % 2 else _literal(piece) for n, piece in enumerate(pieces)]
    return tuple(part for part in parts if part)


def fields(text: str, plain: Sequence[str] = _PLAIN, named: Sequence[str] = _NAMED) -> set[str]:
    """The kinds of the fields that a template reads."""
    return {part.kind for part in parse(text, plain, named) if isinstance(part, Field)}


def names(text: str, kind: str) -> set[str]:
    """The names of the fields of one kind."""
    return {name for part in parse(text) if isinstance(part, Field) and part.kind == kind for name in part.names}


def fill_in(parts: Iterable[str | Field], values: Mapping[str, str]) -> str:
    """The text of a parsed template; `values` by kind of field."""
    return "".join(values[part.kind] if isinstance(part, Field) else part for part in parts)


def _literal(piece: str) -> str:
    if "{" in piece or "}" in piece:
        raise ValueError(_("a brace stands alone: write {body}, {timestamp}, {header:Name} …"))
    return piece


def _field(piece: str, plain: Sequence[str], named: Sequence[str]) -> Field:
    kind, name = piece.partition(":")[::2]
    if kind in plain and kind == piece:
        return Field(kind)
    if name and kind in named:
        return Field(kind, name.removesuffix("?"), name.endswith("?"))
    if kind == "url" and kind in plain and name in URL_FORMS:
        return Field(kind, name)
    known = ", ".join([f"{{{kind}}}" for kind in plain] + [f"{{{kind}:name}}" for kind in named])
    raise ValueError(_("{{piece}} is not known: there are {known}", piece=piece[:40], known=known))
