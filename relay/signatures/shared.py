"""Algorithms in which both sides know the secret, so that the receiver makes the code again and compares texts.

Comparing texts and not decoded bytes refuses the other spellings that base64 has for the same bytes.
"""

import base64
import hashlib
import hmac
from abc import ABC, abstractmethod
from collections.abc import Sequence

from relay.errors import RelayError
from relay.signatures.keys import hmac_key
from relay.signatures.words import Encoding, KeyForm
from relay.texts import _


class Shared(ABC):
    """What these algorithms have in common; a subclass says how the code is made."""

    def check(self, secret: str, *, signs: bool) -> None:
        self.code(secret, b"")

    def fits(self, secret: str, content: bytes, candidates: Sequence[bytes]) -> bool:
        """Compares all, in constant time, and stops at none."""
        code, found = self.code(secret, content), False
        for candidate in candidates:
            found |= hmac.compare_digest(code, candidate)
        return found

    @abstractmethod
    def code(self, secret: str, content: bytes) -> bytes:
        """The code in its encoding. Raises RelayError on a secret that isn't one."""


class Encoded(Shared):
    """What makes bytes, which are written in an encoding."""

    def __init__(self, encoding: Encoding) -> None:
        self._hex = encoding == "hex"

    def fits(self, secret: str, content: bytes, candidates: Sequence[bytes]) -> bool:
        """Hexadecimal digits may be capitals."""
        return super().fits(secret, content, [c.lower() for c in candidates] if self._hex else candidates)

    def _encoded(self, made: bytes) -> bytes:
        return made.hex().encode() if self._hex else base64.b64encode(made)


class Hmac(Encoded):
    """`digest`: sha1, sha256 or sha512."""

    def __init__(self, digest: str, form: KeyForm, encoding: Encoding) -> None:
        super().__init__(encoding)
        self._digest, self._form = digest, form

    def code(self, secret: str, content: bytes) -> bytes:
        return self._encoded(hmac.digest(hmac_key(secret, self._form), content, self._digest))


class Hash(Encoded):
    """A plain hash of a content that has the secret in it. `digest`: sha1 or sha256."""

    def __init__(self, digest: str, encoding: Encoding) -> None:
        super().__init__(encoding)
        self._digest = digest

    def code(self, secret: str, content: bytes) -> bytes:
        hmac_key(secret, "text")
        return self._encoded(hashlib.new(self._digest, content, usedforsecurity=True).digest())


class Token(Shared):
    """The secret itself."""

    def code(self, secret: str, content: bytes) -> bytes:
        return hmac_key(secret, "text")


class Basic(Shared):
    """The secret is `user:password`, sent as RFC 7617 says."""

    def code(self, secret: str, content: bytes) -> bytes:
        if not secret.partition(":")[2]:
            raise RelayError(_("the secret has no password"), remedy=_("write user:password"))
        return base64.b64encode(hmac_key(secret, "text"))
