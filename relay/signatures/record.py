"""A signature scheme as data: what a shipped file says, and what a mapping in routes.yaml comes to."""

from typing import Literal

import msgspec

from relay.signatures.beside import Beside
from relay.signatures.example import Example
from relay.signatures.vocabulary import Vocabulary


class Record(Beside, frozen=True, kw_only=True):
    """`verify`: one scheme, or several of which any will do. `needs`, `optional`: what a source must or may give in
    `vars`, each with what it is.

    For people: `docs`: the page of the maker that says so. `evidence`: official-vector (the maker publishes one),
    documented, or inferred. `checked`: what it was checked against. `missing`: what was looked for and not found.
    `replay`: what keeps an old request from counting again. `bound`: which part is signed, where not the whole body.
    `setup`: how it is set up on the platform's side, in a few lines. `example`: one of its events, for `relay init`.

    `on_differs`: ignore where the platform gives event ids. `dedupe`: how long an id is remembered; short where a
    platform says the same of another event, word for word.
    """

    verify: Vocabulary | list[Vocabulary]
    title: str = ""
    docs: str = ""
    evidence: Literal["official-vector", "documented", "inferred", ""] = ""
    checked: str = ""
    missing: str = ""
    replay: str = ""
    bound: str = ""
    setup: list[str] = msgspec.field(default_factory=list)
    needs: dict[str, str] = msgspec.field(default_factory=dict)
    optional: dict[str, str] = msgspec.field(default_factory=dict)
    on_differs: Literal["hold", "ignore"] = "hold"
    dedupe: str = "30d"
    example: Example | None = None

    @property
    def alternatives(self) -> tuple[Vocabulary, ...]:
        """The schemes, of which any will do."""
        return (self.verify,) if isinstance(self.verify, Vocabulary) else tuple(self.verify)
