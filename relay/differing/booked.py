"""What a change makes of documents that are booked already: each is known at its destination's name, by its route's
`once`. Under another of the two it isn't known, and is booked again where it comes again."""

from collections.abc import Iterator, Mapping
from typing import Any

from relay.differing.change import Change
from relay.differing.words import Part
from relay.outline import Tree
from relay.texts import _


def forgets(before: Tree, after: Tree, called: Mapping[str, str], part: Part) -> Iterator[Change]:
    """Of a route that is in both. `called`: destinations with another name, old to new."""
    if not (before.get("once") and after.get("once")):
        return
    stays, gone, added = _moved(before, after)
    if stays and before["once"] != after["once"]:
        yield part.change(_("{part} may book again what it booked by the key before", part=part.called), key="once")
    for name in gone:
        for another in [called[name]] if called.get(name) in added else added:
            words = _("{part} may book at {new} again what it booked at {old}", part=part.called, new=another, old=name)
            yield part.change(words, key="to")


def _moved(before: Tree, after: Tree) -> tuple[list[Any], list[Any], list[Any]]:
    """The destinations that it has still, has no longer, and has anew."""
    old, new = before.get("to") or [], after.get("to") or []
    gone, added = [name for name in old if name not in new], [name for name in new if name not in old]
    return [name for name in old if name in new], gone, added
