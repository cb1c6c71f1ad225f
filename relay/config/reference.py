"""The tables of docs/routes.md, made of the Structs that load the file: key, what it takes, what holds unless it is
set, what it does. A page has each below a line `<!-- keys: NAME -->`."""

import json
import re
from collections.abc import Iterator
from typing import Any

from msgspec import inspect

from relay.config.editing import words_of
from relay.config.keys import Key, Shape, alternatives, depth, formats, keys_of, said
from relay.config.kinds import Charset, Duration, HostName, Listener, Network, Rate, Size, Zone
from relay.config.settings import (
    ConfirmSettings,
    DefaultSettings,
    DestinationSettings,
    FetchSettings,
    FilingSettings,
    LookupSettings,
    RequestSettings,
    RouteSettings,
    ServerSettings,
    SourceSettings,
    StepSettings,
    TableSettings,
    TestSettings,
)
from relay.config.settings.whole import FileSettings
from relay.described import DURATION, EXPRESSION, PRESET, SCHEME, TEMPLATE
from relay.destinations.auth import AuthSettings
from relay.destinations.judge import Rule
from relay.publishers.words import KeyWords
from relay.signatures.beside import AnswerWords, DecryptWords, HandshakeWords
from relay.signatures.vocabulary import Vocabulary
from relay.texts import N_, _

AUTH = "auth"
TABLES: dict[str, type] = {
    "file": FileSettings,
    "defaults": DefaultSettings,
    "server": ServerSettings,
    "sources": SourceSettings,
    "handshake": HandshakeWords,
    "decrypt": DecryptWords,
    "answer": AnswerWords,
    "fetch": FetchSettings,
    "verify": Vocabulary,
    "keys": KeyWords,
    "destinations": DestinationSettings,
    "result": Rule,
    "lookup": LookupSettings,
    "then": StepSettings,
    "confirm": ConfirmSettings,
    "tables": TableSettings,
    "routes": RouteSettings,
    "request": FilingSettings,
    "tests": TestSettings,
}
_APART = {*TABLES.values(), RequestSettings}
_MARK = re.compile(r"^<!-- keys: (\w+) -->\n\n(?:\|.*\n)*\n?", re.MULTILINE)
_HEAD = (N_("key"), N_("takes"), N_("unless set"), N_("what it does"))
_CALLED = {
    Duration: N_("duration"),
    Size: N_("size"),
    Rate: N_("rate"),
    Network: N_("network"),
    Listener: N_("address and port"),
    Zone: N_("time zone"),
    Charset: N_("charset"),
    HostName: N_("host"),
    inspect.StrType: N_("text"),
    inspect.IntType: N_("whole number"),
    inspect.DecimalType: N_("number"),
    inspect.BoolType: N_("true or false"),
    inspect.StructType: N_("mapping"),
    inspect.DictType: N_("mapping"),
    inspect.AnyType: N_("anything"),
}
_LISTS = {
    Network: N_("list of networks"),
    HostName: N_("list of hosts"),
    inspect.StrType: N_("list of texts"),
    inspect.StructType: N_("list of mappings"),
}
_FORMATS = {
    EXPRESSION: N_("expression"),
    TEMPLATE: N_("text with `{{ … }}`"),
    DURATION: N_("duration"),
    SCHEME: N_("a scheme's name"),
    PRESET: N_("a preset's name"),
}


def brought_up_to_date(page: str) -> str:
    """The page with its tables as they are now. Raises KeyError for one that there isn't."""
    return _MARK.sub(lambda found: f"<!-- keys: {found[1]} -->\n\n{table(found[1])}\n", page)


def reference() -> str:
    """All tables, each below its name."""
    return "\n".join(f"## {name}\n\n<!-- keys: {name} -->\n\n{table(name)}" for name in (*TABLES, AUTH))


def table(name: str) -> str:
    """One table in Markdown, with a line break at its end. Raises KeyError."""
    rows = _of_auth() if name == AUTH else _rows(TABLES[name], "")
    lines = [[_(word) for word in _HEAD], ["---"] * len(_HEAD), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', _PIPE) for cell in line)} |\n" for line in lines)


_PIPE = "\\|"


def _rows(kind: type, before: str) -> Iterator[list[str]]:
    """A row for each key, and for each key of a mapping that has no table of its own."""
    keys = keys_of(kind)
    shared = [key for key in keys if _is_of_request(kind, key)]
    for key in (each for each in keys if each not in shared):
        name = f"{before}{key.name}"
        yield _row(name, key)
        for inner, part in _inside(key.shape, name):
            yield from _rows(inner, f"{part}.")
    if shared:
        named = ", ".join(f"`{before}{key.name}`" for key in shared)
        yield [named, _("as in `request`"), _("nothing"), _("what is sent with it, as in a `request`")]


def _is_of_request(kind: type, key: Key) -> bool:
    """Whether it is what any request may hold, and stands in the table of `request`."""
    is_request = issubclass(kind, RequestSettings) and kind is not FilingSettings
    return is_request and key.name in RequestSettings.__struct_encode_fields__ and depth(kind, key.name) > 0


def _of_auth() -> Iterator[list[str]]:
    for shape in alternatives(inspect.type_info(AuthSettings)):
        if not isinstance(shape, inspect.Metadata) or not isinstance(shape.type, inspect.StructType):
            continue
        yield [f"**`type: {shape.type.tag}`**", "", "", f"**{_(said(shape, 'description'))}**"]
        yield from _rows(shape.type.cls, "")


def _row(name: str, key: Key) -> list[str]:
    return [f"`{name}`", takes(key.shape), _held(key), key.does]


def _held(key: Key) -> str:
    if key.is_required:
        return _("must be set")
    if key.unless is not None:
        return key.unless
    if any(True for _found in _inside(key.shape, "")):
        return _("as below")
    return f"`{_plain(key.default)}`" if key.default not in (None, "") else _("nothing")


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def takes(shape: Shape) -> str:
    """What a value may be, in words."""
    words = [_taken(each) for each in alternatives(shape) if not isinstance(each, inspect.NoneType)]
    return _(" or ").join(dict.fromkeys(words))


def _taken(shape: Shape) -> str:
    match shape:
        case inspect.Metadata(type=inspect.StructType()):
            return _(_CALLED[inspect.StructType])
        case inspect.Metadata():
            return _(_FORMATS[said(shape, "format")])
        case inspect.ListType(item_type=inner) | inspect.VarTupleType(item_type=inner):
            return _(_LISTS[_sort(inner)]) if _sort(inner) in _LISTS else _("list of {what}", what=takes(inner))
        case inspect.DictType() if TEMPLATE in formats(shape):
            return _("mapping of texts with `{{ … }}`")
    words = words_of(shape)
    return ", ".join(f"`{word}`" for word in words) if words else _(_CALLED[_sort(shape)])


def _sort(shape: Shape) -> type:
    return shape.cls if isinstance(shape, inspect.CustomType) else type(shape)


def _inside(shape: Shape, name: str) -> Iterator[tuple[type, str]]:
    """The Structs in a shape that have no table of their own, each with what is written before its keys."""
    for each in alternatives(shape):
        if isinstance(each, inspect.StructType) and each.cls not in _APART and not each.tag_field:
            yield each.cls, name
        elif isinstance(each, inspect.ListType):
            yield from _inside(each.item_type, f"{name}[]")
