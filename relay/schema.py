"""The contract of a schema: what data must look like, told by the places where it doesn't."""

from typing import Any, Protocol


class Schema(Protocol):
    def fault(self, value: Any, called: str) -> str | None:
        """What is wrong with plain data, by its places (`called` is the whole's name), never with its values;
        None where it fits."""
