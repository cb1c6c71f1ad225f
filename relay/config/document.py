"""YAML as plain data that knows where each key and value stands.

Aliases are copied, so that each copy has a path of its own; how many is bounded, whatever a file asks for.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Sequence
from typing import Any

import msgspec

from relay.config.excerpts import split
from relay.config.inside import located, matched
from relay.config.nodes import MOST_DEPTH, Node, compose, fault, too_deep
from relay.config.places import Faults, Place
from relay.config.scalars import typed
from relay.errors import Fault, Inside
from relay.texts import _

MOST_BYTES = 1 << 20
MOST_COPIES = 20_000
Path = tuple[str | int, ...]
_COMMENT = re.compile(r"[ \t]+#(?=[^\s#])")


class Document(msgspec.Struct):
    """`tree` holds dict (text keys), list, str, int, Decimal, bool, None. `keys` and `values`: where those of a path
    stand. What a merge key (`<<`) brings stands where its anchor does. `texts`: what is written, by where it begins;
    `lines`: those of the file; `included`: those of others that it includes. `brought`: values that are one
    variable's."""

    file: str
    tree: Any
    keys: dict[Path, Place]
    values: dict[Path, Place]
    texts: dict[Place, Node] = {}
    lines: Sequence[str] = ()
    included: dict[str, Sequence[str]] = {}
    brought: set[Path] = msgspec.field(default_factory=set)

    def at(self, path: Path) -> Place:
        """Where the value of a path stands, or the nearest above it that stands in the file."""
        return self._nearest(self.values, path)

    def at_key(self, path: Path) -> Place:
        """Where the key of a path stands; an item of a list has none, and stands where its value does."""
        return self.keys.get(path) or self.at(path)

    def inside(self, place: Place, inside: Inside | None) -> Place:
        """Where that part of the text stands which begins at a place; the place itself where that can't be told."""
        node = self.texts.get(place)
        before = matched(inside, node.value) if inside and node else None
        if node is None or before is None:
            return place
        return located(self.included.get(place.file, self.lines), node, before)._replace(file=place.file)

    def cut(self, place: Place) -> Place | None:
        """Where a comment cuts off the text without quotes that begins at a place, if it may have been meant as a part
        of it: `#1`, not `# one`."""
        node = self.texts.get(place)
        lines = self.included.get(place.file, self.lines)
        if node is None or not node.plain or node.end.line > len(lines):
            return None
        behind = _COMMENT.match(lines[node.end.line - 1], node.end.column - 1)
        return Place(node.end.line, behind.end(), place.file) if behind else None

    def _nearest(self, places: dict[Path, Place], path: Path) -> Place:
        while path and path not in places:
            path = path[:-1]
        return places.get(path, Place(1, 1))


def read(data: bytes, faults: Faults) -> Document:
    """The document in the bytes of a file. Raises Fault where nothing more can be read; else collects in `faults`."""
    lines = faults.lines[faults.file] = split(data.decode("utf-8-sig", "replace"))
    text = _decoded(data, faults.file)
    root = compose(text, faults.file)
    document = Document(faults.file, None, {}, {}, lines=lines)
    if root is not None:
        document.tree = _Expansion(document, faults).plain(root, ())
    return document


def _decoded(data: bytes, file: str) -> str:
    if len(data) > MOST_BYTES:
        raise Fault(
            file, 1, 1, _("the file is larger than 1 MiB"), _("split it, or move tables into files of their own")
        )
    text = data.removeprefix(BOM_UTF8)
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        before = text[: error.start].decode()
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise Fault(file, line, column, _("a byte here isn't UTF-8"), _("save the file as UTF-8")) from None


class _Expansion:
    """Turns nodes into plain data, once for each place where they are used."""

    def __init__(self, document: Document, faults: Faults) -> None:
        self._document, self._faults = document, faults
        self._seen: set[int] = set()
        self._copies = 0

    def plain(self, node: Node, path: Path) -> Any:
        self._bound(node, len(path))
        self._document.values[path] = node.place
        if node.is_mapping:
            return self._mapping(node, path)
        if isinstance(node.value, list):
            return [self.plain(item, (*path, number)) for number, item in enumerate(node.value)]
        return self._scalar(node)

    def _bound(self, node: Node, depth: int) -> None:
        if depth > MOST_DEPTH:
            raise fault(self._faults.file, node.place, too_deep(), _("write it flatter"))
        self._copies += id(node) in self._seen
        self._seen.add(id(node))
        if self._copies > MOST_COPIES:
            what = _("aliases make more than {most_copies} copies", most_copies=f"{MOST_COPIES:,}")
            raise fault(self._faults.file, node.place, what, _("write fewer *aliases of aliases"))

    def _scalar(self, node: Node) -> Any:
        self._document.texts[node.place] = node
        try:
            return typed(node.value) if node.plain else node.value
        except ValueError as error:
            self._faults.add(node.place, str(error), _("quote it if it is a text"))
            return None

    def _mapping(self, node: Node, path: Path) -> dict[str, Any]:
        tree: dict[str, Any] = {}
        merged = []
        for key, value in node.value:
            if key.plain and key.value == "<<":
                merged.append(value)
            elif isinstance(key.value, str):
                self._entry(tree, path, key, value)
            else:
                self._faults.add(
                    key.place,
                    _("a key must be text"),
                    _("write it in quotes: '{{ … }}'; YAML reads { and [ as its own"),
                )
        for value in merged:
            self._merge(tree, value, path)
        return tree

    def _entry(self, tree: dict[str, Any], path: Path, key: Node, value: Node) -> None:
        inside = (*path, key.value)
        if key.value in tree:
            what = _(
                "the key {key} is here twice, first in line {line}",
                key=repr(key.value[:60]),
                line=self._document.keys[inside].line,
            )
            self._faults.add(key.place, what, _("keep one of them"))
            return
        self._document.keys[inside] = key.place
        tree[key.value] = self.plain(value, inside)

    def _merge(self, tree: dict[str, Any], value: Node, path: Path) -> None:
        """What the mapping has itself stands; of several, the first has its way, as YAML says."""
        for source in value.value if isinstance(value.value, list) else [value]:
            if not source.is_mapping:
                self._faults.add(source.place, _("<< takes a mapping or a list of mappings"), _("write << : *anchor"))
                continue
            for key, inner in self._own_keys(source):
                if key.value not in tree:
                    self._entry(tree, path, key, inner)

    def _own_keys(self, source: Node) -> list[tuple[Node, Node]]:
        """A merged mapping's entries, and behind them those that it merges itself."""
        self._bound(source, 0)
        entries: list[tuple[Node, Node]] = []
        nested: list[tuple[Node, Node]] = []
        for key, value in source.value:
            if key.plain and key.value == "<<":
                nested += self._nested(value)
            elif isinstance(key.value, str):
                entries.append((key, value))
        return entries + nested

    def _nested(self, value: Node) -> list[tuple[Node, Node]]:
        inner = value.value if isinstance(value.value, list) else [value]
        return [entry for each in inner if each.is_mapping for entry in self._own_keys(each)]
