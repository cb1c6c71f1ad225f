"""A configuration as people read it: each key with its value, whether the file, a preset or a default says it."""

import copy
from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from typing import Any

import msgspec

from relay.bundle import Bundle
from relay.config.conversion import converted
from relay.config.document import Path
from relay.config.kinds import Duration, Size
from relay.config.loading import Loading
from relay.config.overlay import Overlay, overlay
from relay.config.settings import (
    DefaultSettings,
    DestinationSettings,
    RouteSettings,
    ServerSettings,
    SourceSettings,
    TableSettings,
    TestSettings,
)
from relay.destination import Destination
from relay.duration import spelled_ms
from relay.language.tables import Table
from relay.outline import NOTHING, Outline, Row, Tree
from relay.size import spelled_size
from relay.source import Source

_EMPTY: tuple[Any, ...] = (None, msgspec.UNSET, "", [], {}, ())
_LISTED = frozenset({"from", "to", "key", "secret"})  # one or several


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What a file came to. `said`: the destinations' own settings, abstract ones too."""

    said: Mapping[str, DestinationSettings]
    destinations: Mapping[str, Destination]
    sources: Mapping[str, Source]
    tables: Mapping[str, Table]
    bundle: Bundle


def outline_of(loading: Loading, made: Made) -> Outline:
    """Of a file without faults."""
    return Outline(
        defaults=_part("defaults", DefaultSettings, loading),
        server=_part("server", ServerSettings, loading),
        destinations={name: _destination(name, each, loading, made.said) for name, each in made.destinations.items()},
        sources={name: _source(name, each, loading) for name, each in made.sources.items()},
        routes=_listed("routes", RouteSettings, loading),
        tables={name: _keys(("tables", name), TableSettings, loading) for name in loading.parts("tables")},
        tests=_listed("tests", TestSettings, loading),
        rows={name: dict(_rows(table)) for name, table in made.tables.items()},
        files=_files(made.bundle, loading),
    )


def _part(section: str, kind: type[Any], loading: Loading) -> Tree:
    return NOTHING if loading.document.tree.get(section) is None else _keys((section,), kind, loading)


def _listed(section: str, kind: type[Any], loading: Loading) -> dict[str, Tree]:
    """A list's parts by name; of two of one name the last."""
    parts = loading.document.tree.get(section) or []
    trees = [_keys((section, number), kind, loading) for number in range(len(parts))]
    return {tree["name"]: tree for tree in trees}


def _keys(path: Path, kind: type[Any], loading: Loading) -> dict[str, Any]:
    tree = _at(loading.document.tree, path)
    settings = converted(tree, kind, loading.document, path, loading.faults)
    filled: dict[str, Any] = _told(settings, _at(loading.variables.written, path))
    return {key: [value] if key in _LISTED and isinstance(value, str) else value for key, value in filled.items()}


def _at(tree: Any, path: Path) -> Any:
    for step in path:
        tree = tree[step]
    return tree


def _destination(
    name: str, made: Destination, loading: Loading, said: Mapping[str, DestinationSettings]
) -> dict[str, Any]:
    over, written = overlay(name, said, loading), overlay(name, said, _unexpanded(loading))
    settings = converted(over.tree if over else {}, DestinationSettings, loading.document, (), loading.faults)
    tree: dict[str, Any] = _told(settings, written.tree if written else {})
    computed = {"concurrency": made.limits.concurrency, "ambiguous": str(made.limits.ambiguous), "posts": made.posts}
    return _filled({**tree, "preset": _preset(over)}, computed)


def _preset(over: Overlay | None) -> str:
    return over.name if over else ""


def _unexpanded(loading: Loading) -> Loading:
    """The same with variables as they are written."""
    other = copy.copy(loading)
    other.document = msgspec.structs.replace(loading.document, tree=loading.variables.written)
    return other


def _source(name: str, made: Source, loading: Loading) -> dict[str, Any]:
    tree = _keys(("sources", name), SourceSettings, loading)
    if isinstance(tree.get("callback"), str):
        tree["callback"] = _callback(made)
    computed = {
        "on_differs": made.on_differs,
        "dedupe": spelled_ms(made.dedupe_ms),
        "max_body": spelled_size(made.max_body),
    }
    return _filled(tree, computed)


def _callback(made: Source) -> Any:
    """As a mapping, however it is said."""
    return {"to": made.callback.to, "on": sorted(made.callback.on)} if made.callback else "none"


def _filled(tree: dict[str, Any], computed: Mapping[str, Any]) -> dict[str, Any]:
    """With what is worked out from several keys, unless a variable says it."""
    kept = {key: tree[key] for key in computed if _is_open(tree.get(key))}
    return {**tree, **computed, **kept}


def _is_open(written: Any) -> bool:
    return isinstance(written, str) and "${" in written


def _told(value: Any, written: Any) -> Any:
    """The value of a setting in the words of the file; what depends on variables as it is written."""
    if _is_open(written):
        return written
    if isinstance(value, msgspec.Struct):
        return _struct(value, written if isinstance(written, Mapping) else NOTHING)
    if isinstance(value, dict):
        return {key: _told(each, _inside(written, key)) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_told(each, _inside(written, number)) for number, each in enumerate(value)]
    return _scalar(value, written)


def _scalar(value: Any, written: Any) -> Any:
    """In its plainest spelling."""
    if isinstance(value, Duration):
        return spelled_ms(value.ms)
    if isinstance(value, Size):
        return spelled_size(value.bytes)
    if isinstance(value, Enum):
        return value.value
    return value if isinstance(value, str | bool | int) or written is None else written


def _inside(written: Any, step: Any) -> Any:
    try:
        return written[step]
    except (LookupError, TypeError):
        return None


def _struct(value: msgspec.Struct, written: Mapping[str, Any]) -> dict[str, Any]:
    """Without the keys that say nothing."""
    config = value.__struct_config__
    tree: dict[str, Any] = {str(config.tag_field): config.tag} if config.tag_field else {}
    for name, key in zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True):
        told = _told(getattr(value, name), written.get(key))
        if not any(told is empty or told == empty for empty in _EMPTY):
            tree[key] = told
    return tree


def _rows(table: Table) -> Iterator[tuple[tuple[str, ...], Row]]:
    """Each row by its key, and the day from which it holds."""
    for key, dated in table.rows.items():
        for since, row in dated:
            yield (*key, *([] if since == date.min else [str(since)])), row


def _files(bundle: Bundle, loading: Loading) -> dict[str, str]:
    """Those that no table is made of."""
    tables = {each.get("file") for each in loading.parts("tables").values()}
    return {name: bundle.files[name].decode("utf-8", "replace") for name in bundle.beside if name not in tables}
