"""What one configuration changes against another, in words; pure. A key that only moved is no change."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from relay.configuration import Config
from relay.differing.booked import forgets
from relay.differing.change import Change, Kind
from relay.differing.leaves import leaves
from relay.differing.rows import rows_changed
from relay.differing.shown import diff, short
from relay.differing.words import Part, in_words
from relay.outline import Outline, Tree
from relay.texts import N_, _

Mask = Callable[[str], str]
_CALLED = {
    "defaults": N_("the defaults"),
    "server": N_("the server"),
    "destinations": N_("the destination {name}"),
    "sources": N_("the source {name}"),
    "routes": N_("the route {name}"),
    "tables": N_("the table {name}"),
    "tests": N_("the test {name}"),
}
_PARTS = ("destinations", "sources", "routes")
_TELLING = {
    "destinations": ("preset", "url"),
    "sources": ("verify",),
    "routes": ("from", "to", "when"),
    "tables": ("file",),
    "tests": ("source",),
}
__all__ = ["Change", "Kind", "changes"]


def changes(old: Config, new: Config) -> list[Change]:
    """Section by section; the secrets of both are masked."""
    return list(_changes(old.outline(), new.outline(), old.mask.joined(new.mask).text))


def _changes(old: Outline, new: Outline, mask: Mask) -> Iterator[Change]:
    for section in ("defaults", "server"):
        yield from _keys(getattr(old, section), getattr(new, section), Part(section, "", _(_CALLED[section]), mask))
    for section in _PARTS:
        yield from _parts(section, getattr(old, section), getattr(new, section), mask)
    called = _renamed(old.destinations, new.destinations)
    for name in (each for each in new.routes if each in old.routes):
        yield from forgets(old.routes[name], new.routes[name], called, _part("routes", name, mask))
    yield from _parts("tables", old.tables, new.tables, mask)
    for name in new.rows:
        if name in old.rows:
            yield from rows_changed(old.rows[name], new.rows[name], _part("tables", name, mask))
    yield from _files(old, new, mask)
    yield from _parts("tests", old.tests, new.tests, mask)


def _parts(section: str, old: Mapping[str, Tree], new: Mapping[str, Tree], mask: Mask) -> Iterator[Change]:
    """What is gone first: it is what surprises most."""
    names = _renamed(old, new)
    for name in old:
        if name not in new and name not in names:
            part = _part(section, name, mask)
            yield part.change(_("{part} is gone", part=part.called), kind=Kind.GONE)
    for name, tree in new.items():
        part = _part(section, name, mask)
        if name in old:
            yield from _keys(old[name], tree, part)
        elif name not in names.values():
            words = _("{part} is new: {summary}", part=part.called, summary=_summary(section, tree))
            yield part.change(words, kind=Kind.NEW)
    for name, called in names.items():
        words = _("{part} is now called {name}", part=_part(section, name, mask).called, name=called)
        yield _part(section, called, mask).change(words)


def _renamed(old: Mapping[str, Tree], new: Mapping[str, Tree]) -> dict[str, str]:
    """Those that are the same but for their name: old name to new."""
    added = [name for name in new if name not in old]
    found: dict[str, str] = {}
    for name in [each for each in old if each not in new]:
        same = next((each for each in added if _same(old[name], new[each])), None)
        if same:
            added.remove(same)
            found[name] = same
    return found


def _same(old: Tree, new: Tree) -> bool:
    return {**old, "name": ""} == {**new, "name": ""}


def _part(section: str, name: str, mask: Mask) -> Part:
    return Part(section, name, _(_CALLED[section], name=name), mask)


def _keys(old: Tree, new: Tree, part: Part) -> Iterator[Change]:
    for leaf in leaves(old, new):
        yield from in_words(leaf, part)


def _summary(section: str, tree: Tree) -> str:
    """What a new one is, in few words."""
    return ", ".join(f"{key} {_few(tree[key])}" for key in _TELLING[section] if key in tree)


def _few(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else short(value)[:60]


def _files(old: Outline, new: Outline, mask: Mask) -> Iterator[Change]:
    """Those that both have; what is new or gone shows where it is named."""
    for name, text in new.files.items():
        if name in old.files and old.files[name] != text:
            lines = diff(old.files[name], text)
            words = _("the file {name} is another; it is named in: {users}", name=name, users=_users(name, new))
            yield Part("files", name, name, mask).change(words, lines=lines)


def _users(file: str, outline: Outline) -> str:
    trees = ((section, *part) for section in _PARTS for part in getattr(outline, section).items())
    return ", ".join(_(_CALLED[section], name=name) for section, name, tree in trees if _names(tree, file))


def _names(tree: Any, file: str) -> bool:
    if isinstance(tree, Mapping):
        return any(_names(each, file) for each in tree.values())
    return any(_names(each, file) for each in tree) if isinstance(tree, list) else bool(tree == file)
