"""A configuration as people read it: what it says, with defaults, presets and what is extended filled in."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

Tree = Mapping[str, Any]
Row = Mapping[str, str]
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """Trees by name, in the words of routes.yaml, with `${NAME}` as it is written, so that hosts with other variables
    have one outline of one file. `rows`: by table and key, a row's day behind the key where rows have one. `files`:
    templates and schemas by name."""

    defaults: Tree = NOTHING
    server: Tree = NOTHING
    destinations: Mapping[str, Tree] = NOTHING
    sources: Mapping[str, Tree] = NOTHING
    routes: Mapping[str, Tree] = NOTHING
    tables: Mapping[str, Tree] = NOTHING
    tests: Mapping[str, Tree] = NOTHING
    rows: Mapping[str, Mapping[tuple[str, ...], Row]] = NOTHING
    files: Mapping[str, str] = NOTHING
