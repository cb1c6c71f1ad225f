"""The contract of a form: how a key is written in the answer that holds it. Pure."""

from collections.abc import Mapping
from typing import Any, Protocol

from relay.destination import Answer
from relay.publisher import Published


class Form(Protocol):
    def read(self, name: str, taken: Any, answer: Answer, now: float) -> Mapping[str, Published]:
        """The keys by name; `taken`: the part of the answer where they stand. Raises KeyRefused on what can't be
        believed."""
