"""A change of one key in words; secrets are never shown."""

import re
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from relay.differing.change import Change, Kind
from relay.differing.leaves import Leaf
from relay.differing.shown import diff, is_short, short
from relay.texts import N_, _

_SECRET = re.compile(r"(secret|token|password|passwd|passphrase|pwd|api_?key|private_key|credential)s?$", re.IGNORECASE)
_NAMED = {
    "to": (N_("{part} now goes to {name}"), N_("{part} no longer goes to {name}")),
    "from": (N_("{part} now takes events of {name}"), N_("{part} no longer takes events of {name}")),
    "takes": (N_("{part} now expects {name}"), N_("{part} no longer expects {name}")),
}


class Part(msgspec.Struct, frozen=True):
    """What a change is of. `called`: "the route X". `mask` hides secrets in what is shown."""

    section: str
    name: str
    called: str
    mask: Callable[[str], str]

    def change(self, words: str, *, kind: Kind = Kind.CHANGED, key: str = "", lines: Iterable[str] = ()) -> Change:
        """With its secrets masked."""
        shown = tuple(map(self.mask, lines))
        return Change(section=self.section, name=self.name, kind=kind, key=key, words=self.mask(words), lines=shown)


def in_words(leaf: Leaf, part: Part) -> list[Change]:
    """What another key's value means; several where a list of names has several changes."""
    if _is_secret(leaf):
        return [
            part.change(_("{key} of {part} is another (it isn't shown)", key=leaf.key, part=part.called), key=leaf.key)
        ]
    if leaf.key in _NAMED and _plain(leaf.old) and _plain(leaf.new):
        return _names(leaf, part)
    return [_valued(leaf, part)]


def _is_secret(leaf: Leaf) -> bool:
    """A name of a variable says nothing secret."""
    values = [value for value in (leaf.old, leaf.new) if value is not None]
    return bool(_SECRET.search(leaf.path[-1])) and not all("${" in str(value) for value in values)


def _valued(leaf: Leaf, part: Part) -> Change:
    said = {"key": leaf.key, "part": part.called, "old": short(leaf.old), "new": short(leaf.new)}
    lines: tuple[str, ...] = ()
    if not (is_short(leaf.old) and is_short(leaf.new)):
        words, lines = _("{key} of {part} is another", **said), diff(leaf.old, leaf.new)
    elif leaf.old is None:
        words = _("{key} of {part} is new: {new}", **said)
    elif leaf.new is None:
        words = _("{key} of {part} is gone, was {old}", **said)
    else:
        words = _("{key} of {part} is now {new}, was {old}", **said)
    return part.change(words, key=leaf.key, lines=lines)


def _plain(names: Any) -> bool:
    """Whether it names things, and no expression chooses them."""
    return isinstance(names, list) and not any("{{" in str(name) for name in names)


def _names(leaf: Leaf, part: Part) -> list[Change]:
    """What people ask first: where a route goes, and whose events it takes."""
    added, gone = _NAMED[leaf.key]
    words = [_(gone, part=part.called, name=name) for name in leaf.old if name not in leaf.new]
    words += [_(added, part=part.called, name=name) for name in leaf.new if name not in leaf.old]
    return [part.change(each, key=leaf.key) for each in words]
