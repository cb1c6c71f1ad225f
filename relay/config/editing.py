"""The JSON Schema of routes.yaml (2020-12), by which editors complete and explain its keys. It is made of the Structs
that load the file, so that it knows what they know. What depends on other files or names is left to `relay check`."""

import re
from collections.abc import Callable
from typing import Any

from msgspec import inspect

from relay import destinations
from relay.config.keys import Key, Shape, alternatives, formats, keys_of, said, struct
from relay.config.kinds import RATE, Charset, Duration, HostName, Listener, Network, Rate, Size, Zone
from relay.config.settings import DestinationSettings, LookupSettings
from relay.config.settings.whole import FileSettings
from relay.config.variables import SECTIONS
from relay.described import DURATION, EXPRESSION, PRESET, SCHEME, TEMPLATE
from relay.duration import SHAPE as A_DURATION
from relay.signatures import catalogue
from relay.size import SHAPE as A_SIZE
from relay.texts import _

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_VARIABLE, _NOTHING = {"$ref": "#/$defs/variable"}, {"type": "null"}
_PATTERNS: dict[type, tuple[str, str]] = {
    Duration: (A_DURATION.pattern, "30s, 5m, 12h, 30d"),
    Size: (A_SIZE.pattern, "64KiB, 1MiB"),
    Rate: (RATE.pattern, "200/s, 10/m, 100/h"),
    Network: (r"[0-9A-Fa-f.:]+(/[0-9]{1,3})?", "10.0.0.0/8, 192.0.2.7"),
    Listener: (r".+:[0-9]{1,5}", "127.0.0.1:8081"),
    Zone: (r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", "Asia/Shanghai, UTC"),
    Charset: (r"[A-Za-z0-9_.-]+", "GBK, Big5, UTF-8"),
    HostName: (r"[^\s/]+", "erp.example.com, *.example.com"),
}
_WORDS: dict[str, Callable[[], list[str]]] = {SCHEME: catalogue.names, PRESET: destinations.names}
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")


def schema() -> dict[str, Any]:
    """The whole, with descriptions in the reader's language."""
    made = _Making()
    whole = {**made.struct(FileSettings), "patternProperties": {"^x-": {}}}
    return {"$schema": DIALECT, "title": _("routes.yaml of Relay"), **whole, "$defs": made.defined()}


class _Making:
    """One schema on its way. `_filled`: whether ${NAME} is filled in where it is."""

    def __init__(self) -> None:
        self._defined: dict[str, Any] = {}
        self._filled = False

    def defined(self) -> dict[str, Any]:
        of_variable = _("a value of the environment or of .env: ${NAME}, ${NAME:-default}, ${file:/path}")
        variable = {"type": "string", "pattern": r"\$\{", "description": of_variable}
        return dict(sorted({**self._defined, "variable": variable}.items()))

    def struct(self, kind: type) -> dict[str, Any]:
        """An object; a key that isn't declared is refused."""
        shape, keys = struct(kind), keys_of(kind)
        tag = {shape.tag_field: {"const": shape.tag}} if shape.tag_field else {}
        properties = {key.name: self._key(kind, key) for key in keys}
        needed = [*tag, *(key.name for key in keys if key.is_required and kind is not LookupSettings)]
        made = {"type": "object", "properties": {**tag, **properties}, "additionalProperties": False}
        return {**made, **({"required": needed} if needed else {}), **_demands(kind)}

    def _key(self, kind: type, key: Key) -> dict[str, Any]:
        if kind is FileSettings:
            self._filled = key.name in SECTIONS
        default = {} if key.default is None else {"default": key.default}
        told = {"description": _described(key), "examples": key.examples, **default}
        return {**self.value(key.shape), **told}

    def value(self, shape: Shape) -> dict[str, Any]:
        """What a value may be."""
        parts = [self._one(each) for each in alternatives(shape)]
        flat = [part for each in parts for part in (each["anyOf"] if set(each) == {"anyOf"} else [each])]
        distinct = [part for number, part in enumerate(flat) if part not in flat[:number]]
        if len(distinct) == 1:
            return distinct[0]
        return {} if {} in distinct else _short(distinct)

    def _one(self, shape: Shape) -> dict[str, Any]:
        match shape:
            case inspect.Metadata(type=inspect.StructType(cls=kind)):
                return {**self._named(kind), "description": _sentence(_(said(shape, "description")))}
            case inspect.Metadata():
                return self._text_of(str(said(shape, "format")))
            case inspect.StructType(cls=kind):
                return self._named(kind)
            case inspect.ListType(item_type=inner) | inspect.VarTupleType(item_type=inner):
                return {"type": "array", "items": self.value(inner)}
            case inspect.DictType(value_type=inner):
                return {"type": "object", "additionalProperties": self.value(inner)}
            case inspect.CustomType(cls=kind):
                return self._shaped(kind)
        return self._plain(shape)

    def _plain(self, shape: Shape) -> dict[str, Any]:
        match shape:
            case inspect.StrType(pattern=str(pattern)):
                return {"type": "string", "pattern": rf"{pattern}|\$\{{" if self._filled else pattern}
            case inspect.StrType(min_length=least, max_length=most):
                return _without_none({"type": "string", "minLength": least, "maxLength": most})
            case inspect.IntType(ge=least, le=most):
                return self._or_variable(_without_none({"type": "integer", "minimum": least, "maximum": most}))
            case inspect.DecimalType():
                return self._or_variable({"type": "number"})
            case inspect.BoolType():
                return self._or_variable({"type": "boolean"})
            case inspect.NoneType():
                return _NOTHING
        return self._or_variable({"enum": words}) if (words := words_of(shape)) else {}

    def _text_of(self, form: str) -> dict[str, Any]:
        """A text by its format."""
        if form == DURATION:
            return self._shaped(Duration)
        return self._or_variable({"enum": _WORDS[form]()}) if form in _WORDS else {"type": "string", "format": form}

    def _shaped(self, kind: type) -> dict[str, Any]:
        """A text of a kind. VS Code says `patternErrorMessage` where the pattern alone would be a riddle."""
        pattern, examples = _PATTERNS[kind]
        whole = f"^(?:{pattern})$"
        filled = rf"{whole}|\$\{{" if self._filled else whole
        otherwise = _("Write one such as {examples}.", examples=examples)
        return {"type": "string", "pattern": filled, "patternErrorMessage": otherwise}

    def _or_variable(self, value: dict[str, Any]) -> dict[str, Any]:
        return {"anyOf": [value, _VARIABLE]} if self._filled else value

    def _named(self, kind: type) -> dict[str, Any]:
        name = kind.__name__.removesuffix("Settings").removesuffix("Words")
        if name not in self._defined:
            self._defined[name] = {}
            self._defined[name] = self.struct(kind)
        return {"$ref": f"#/$defs/{name}"}


def words_of(shape: Shape) -> list[Any]:
    """The values that an enum or a literal has, in their order; none of another shape."""
    if isinstance(shape, inspect.EnumType):
        return [each.value for each in shape.cls]
    return list(shape.values) if isinstance(shape, inspect.LiteralType) else []


def _described(key: Key) -> str:
    """A sentence for each thing that there is to say; without links, which lead nowhere from an editor."""
    found = formats(key.shape)
    marks = [
        _("An expression, without {{ }}.") if EXPRESSION in found else "",
        _("May hold {{ … }}.") if TEMPLATE in found else "",
        _("Unless set: {held}.", held=key.unless) if key.unless else "",
    ]
    return " ".join([_sentence(key.does), *filter(None, marks)])


def _sentence(does: str) -> str:
    plain = _LINK.sub(r"\1", does)
    begun = f"{plain[:1].upper()}{plain[1:]}"
    return begun if begun.endswith(("?", "？")) else _("{sentence}.", sentence=begun)


def _short(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Any of them; where nothing is one of two, and the other has a type, both are that type's."""
    typed = [part for part in parts if part != _NOTHING]
    if len(parts) == 2 and len(typed) == 1 and "type" in typed[0]:
        return {**typed[0], "type": [typed[0]["type"], "null"]}
    return {"anyOf": parts}


def _demands(kind: type) -> dict[str, Any]:
    """What a destination must say unless a preset, or what it extends, says it."""
    if kind is not DestinationSettings:
        return {}
    alone = {"not": {"anyOf": [{"required": [key]} for key in ("preset", "extends", "abstract")]}}
    needed = [key.name for key in keys_of(LookupSettings) if key.is_required]
    with_base = {"required": ["vars"], "properties": {"vars": {"required": ["base"]}}}
    url = {"anyOf": [{"required": ["url"]}, with_base]}
    return {"if": alone, "then": {**url, "properties": {"lookup": {"required": needed}}}}


def _without_none(words: dict[str, Any]) -> dict[str, Any]:
    return {word: value for word, value in words.items() if value is not None}
