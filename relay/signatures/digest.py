"""A digest of the body beside the signature, where it is the digest that is signed and not the body."""

import hashlib
import hmac

from relay.errors import Forged
from relay.signature import Received
from relay.signatures.reading import Place, Read, reader
from relay.signatures.words import BodyDigest


class Digest:
    """A digest's words, compiled."""

    def __init__(self, words: BodyDigest) -> None:
        self.claim = words.claim
        self.place = _place(words)
        self.optional = words.optional
        self._read: Read | None = reader(self.place) if self.place else None

    def read(self, received: Received) -> bytes | None:
        """What is said beside the signature; None where nothing is and nothing need be. Raises Forged."""
        try:
            return self._read(received) if self._read else None
        except Forged:
            if self.optional:
                return None
            raise

    def hold(self, received: Received, said: bytes) -> None:
        """Raises Forged unless the body has the digest that was said."""
        if not hmac.compare_digest(self.text(received.body).encode(), said.lower()):
            raise Forged

    def text(self, body: bytes) -> str:
        """SHA-256 in hexadecimal digits."""
        return hashlib.sha256(body).hexdigest()


def _place(words: BodyDigest) -> Place | None:
    if words.header:
        return Place("header", (words.header,))
    return Place("query", (words.query,)) if words.query else None
