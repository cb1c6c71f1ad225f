"""A signature scheme as data: what a shipped file says, and what a mapping in routes.yaml comes to."""

from typing import Literal

import msgspec

from relay.signatures.vocabulary import Vocabulary


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`verify`: one scheme, or several of which any will do.

    `docs`: the page of the maker that says so. `evidence`: what it was checked against.

    `type`, `id`: `{{ … }}` texts over `event` and `body`. `on_differs`: ignore where the platform gives event ids.
    """

    verify: Vocabulary | list[Vocabulary]
    title: str = ""
    docs: str = ""
    evidence: str = ""
    type: str | None = None
    id: str | None = None
    on_differs: Literal["hold", "ignore"] = "hold"

    @property
    def alternatives(self) -> tuple[Vocabulary, ...]:
        """The schemes, of which any will do."""
        return (self.verify,) if isinstance(self.verify, Vocabulary) else tuple(self.verify)
