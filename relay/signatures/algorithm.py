"""The contract of an algorithm: how a secret and a content make a code, and how a code is checked."""

from collections.abc import Sequence
from typing import Protocol


class Algorithm(Protocol):
    """Codes are in their encoding, as they stand in a request."""

    def check(self, secret: str, *, signs: bool) -> None:
        """Raises RelayError on a secret that can't verify, or sign where `signs`."""

    def fits(self, secret: str, content: bytes, candidates: Sequence[bytes]) -> bool:
        """Whether one of the candidates is right. Raises RelayError on a secret that check() would refuse."""

    def code(self, secret: str, content: bytes) -> bytes:
        """The code that proves the content. Raises RelayError on a secret that check() would refuse."""
