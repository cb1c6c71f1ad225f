"""The contract of a decryption: how a platform seals what it sends, and how an answer is sealed for it."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from relay.errors import Forged

RANDOM_BYTES = 16


class Decryption(Protocol):
    """One key of one kind."""

    def decrypt(self, sealed: Any) -> bytes:
        """What was sealed, from what stands in its place: a text, or a mapping. Raises Forged, whatever is wrong."""

    def encrypt(self, plain: bytes, random: bytes) -> Any:
        """The inverse; `random`: RANDOM_BYTES that were never used before."""


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """`ways`: one for each key that is live, the newest first. It stands in the first of `fields` that is there
    (paths in the body), or in a parameter of the `query`. `text`: what comes out is a text, and no JSON or XML."""

    ways: Sequence[Decryption]
    fields: Sequence[Sequence[str]] = ()
    query: str | None = None
    text: bool = False

    def found(self, tree: Any, query: Mapping[str, str]) -> Any:
        """What is sealed, or None where nothing is. Raises Forged where the query lacks it."""
        if self.query is None:
            return next((found for path in self.fields if (found := _at(tree, path)) is not None), None)
        if self.query not in query:
            raise Forged
        return query[self.query]

    def opened(self, sealed: Any) -> bytes:
        """By whichever key fits. Raises Forged, the same whatever is wrong."""
        for way in self.ways:
            try:
                return way.decrypt(sealed)
            except Forged:
                continue
        raise Forged


def _at(tree: Any, path: Sequence[str]) -> Any:
    for step in path:
        if not isinstance(tree, dict) or step not in tree:
            return None
        tree = tree[step]
    return tree
