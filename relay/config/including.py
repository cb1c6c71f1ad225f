"""`include: routes.d/*.yaml`: further files whose parts stand as if they were written in routes.yaml.

Anchors are each file's own. A name stands once in all of them, and files are read in the order of their names."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from relay.config.document import Document, Path, read
from relay.config.files import Files
from relay.config.places import Faults, Place
from relay.errors import Fault, RelayError
from relay.nearest import nearest
from relay.texts import _

_NAMED, _LISTED = ("sources", "destinations", "tables"), ("routes", "tests")
_PARTS = (*_NAMED, *_LISTED)
_MAIN_ALONE = ("defaults", "server", "include")
_MOST = 1_000  # files


def include(document: Document, files: Files, faults: Faults) -> None:
    """Puts into the document what other files have, and to the faults what is wrong with them."""
    said = document.tree.pop("include", None)
    for name in dict.fromkeys(_names(said, document, files, faults)):
        part = _read(name, document, files, faults)
        if part is not None:
            _Merging(document, part, name, faults, {}).merge()


def _names(said: Any, document: Document, files: Files, faults: Faults) -> Iterator[str]:
    patterns: dict[Path, Any] = {("include",): said} if isinstance(said, str) else {}
    if isinstance(said, list):
        patterns = {("include", number): each for number, each in enumerate(said)}
    elif said is not None and not patterns:
        faults.add(document.at(("include",)), _("include takes a pattern or a list of them"), _EXAMPLE)
    for path, pattern in patterns.items():
        yield from _matching(pattern, document.at(path), document, files, faults)


_EXAMPLE = "include: routes.d/*.yaml"


def _matching(pattern: Any, place: Place, document: Document, files: Files, faults: Faults) -> list[str]:
    if not isinstance(pattern, str):
        faults.add(place, _("include takes a pattern or a list of them"), _EXAMPLE)
        return []
    try:
        found = [name for name in files.matching(pattern) if name != document.file]
    except RelayError as error:
        faults.caught(place, error)
        return []
    if not found:
        faults.warn(place, _("no file matches {pattern}", pattern=repr(pattern[:60])), _("mend it, or take it out"))
    if len(found) > _MOST:
        faults.add(place, _("more than {most} files match", most=_MOST), _("put several parts into one file"))
    return found[:_MOST]


def _read(name: str, document: Document, files: Files, faults: Faults) -> Document | None:
    """None where it can't be read at all."""
    own, part = Faults(name), None
    try:
        part = read(files.data(name), own)
    except Fault as fault:
        own.keep(fault)
    except RelayError as error:
        faults.caught(document.at(("include",)), error)
    faults.absorb(own)
    return part


class _Merging(NamedTuple):
    """One file into the others. `moves`: the paths of its parts, as they are and as they will be."""

    into: Document
    part: Document
    file: str
    faults: Faults
    moves: dict[Path, Path]

    def merge(self) -> None:
        tree = self.part.tree
        if tree is None:
            return
        if not isinstance(tree, dict):
            self._fault((), _("the file is no mapping"), _("begin it with sources:, destinations: or routes:"))
            return
        self.into.texts |= {self._placed(place): node for place, node in self.part.texts.items()}
        self.into.included[self.file] = self.part.lines
        for key, value in tree.items():
            self._top(key, value)
        self._move(self.part.values, self.into.values)
        self._move(self.part.keys, self.into.keys)

    def _top(self, key: str, value: Any) -> None:
        if key in _MAIN_ALONE:
            what = _("{key} stands in {file} alone", key=repr(key), file=self.into.file)
            self._fault((key,), what, _("put it there"))
        elif key in _NAMED and value is not None:
            self._named(key, value)
        elif key in _LISTED and value is not None:
            self._listed(key, value)
        elif key.startswith("x-"):
            self._one((key,), self.into.tree, value)
        elif key not in {*_PARTS, "version"}:
            self._fault((key,), _("the key {key} isn't known here", key=repr(key[:60])), nearest(key, _PARTS))

    def _named(self, section: str, value: Any) -> None:
        if not isinstance(value, dict):
            what = _("{section} takes a mapping of names", section=section)
            self._fault((section,), what, _("write {section}: and below it name: …", section=section))
        elif isinstance(held := self._held(section, {}), dict):
            for name, inner in value.items():
                self._one((section, name), held, inner)

    def _listed(self, section: str, value: Any) -> None:
        if not isinstance(value, list):
            self._fault((section,), _("{section} takes a list", section=section), _("begin each with - name: …"))
        elif isinstance(held := self._held(section, []), list):
            for number, inner in enumerate(value):
                self.moves[section, number] = (section, len(held))
                held.append(inner)

    def _held(self, section: str, empty: Any) -> Any:
        if self.into.tree.get(section) is None:
            self.into.tree[section] = empty
            self.moves[section,] = (section,)
        return self.into.tree[section]

    def _one(self, path: Path, held: dict[str, Any], value: Any) -> None:
        name = str(path[-1])
        if name not in held:
            held[name] = value
            self.moves[path] = path
            return
        first = self.into.at_key(path)
        what = _(
            "{name} is here already, in {file} line {line}",
            name=repr(name[:60]),
            file=first.file or self.into.file,
            line=first.line,
        )
        self._fault(path, what, _("name them apart"))

    def _move(self, places: dict[Path, Place], into: dict[Path, Place]) -> None:
        for path, place in places.items():
            to = self.moves.get(path[:2]) or (path if path in self.moves else None)
            if to:
                into[*to, *path[len(to) :]] = self._placed(place)

    def _placed(self, place: Place) -> Place:
        return place._replace(file=self.file)

    def _fault(self, path: Path, what: str, remedy: str) -> None:
        self.faults.add(self._placed(self.part.at_key(path)), what, remedy)
