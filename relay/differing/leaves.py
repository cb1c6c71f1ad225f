"""Where two trees differ: the smallest keys that say something by themselves."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

WHOLE = frozenset({"request", "envelope", "verify", "body", "form", "answer"})
Path = tuple[str, ...]


class Leaf(msgspec.Struct, frozen=True):
    """`old` and `new`: None where the key isn't there."""

    path: Path
    old: Any
    new: Any

    @property
    def key(self) -> str:
        return ".".join(self.path)


def leaves(old: Mapping[str, Any], new: Mapping[str, Any], path: Path = ()) -> Iterator[Leaf]:
    """In the order of the new tree, what is gone last. A mapping is gone into unless it is a tree of the user's; a
    list is compared as a whole. Where a key stands means nothing."""
    for key in dict.fromkeys((*new, *old)):
        before, after, inside = old.get(key), new.get(key), (*path, key)
        if before == after:
            continue
        if key not in WHOLE and isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from leaves(before, after, inside)
        else:
            yield Leaf(inside, before, after)
