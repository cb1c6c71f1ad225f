"""Algorithms in which the sender has a private key and the receiver its public half, both in PEM."""

import base64
import binascii
from abc import ABC, abstractmethod
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from relay.errors import RelayError
from relay.keys import private_key, public_key
from relay.signatures.keys import raw_private_key, raw_public_key
from relay.signatures.words import Encoding
from relay.texts import _


class Asymmetric(ABC):
    """What these algorithms have in common; a subclass says how a key verifies and signs."""

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding

    def check(self, secret: str, *, signs: bool) -> None:
        if signs:
            self._sign(secret, b"")
        else:
            self._proves(secret, b"", b"")

    def fits(self, secret: str, content: bytes, candidates: Sequence[bytes]) -> bool:
        return any(self._proves(secret, self._decoded(candidate), content) for candidate in candidates)

    def code(self, secret: str, content: bytes) -> bytes:
        made = self._sign(secret, content)
        return made.hex().encode() if self._encoding == "hex" else base64.b64encode(made)

    def _decoded(self, candidate: bytes) -> bytes:
        """Empty, which never proves anything, where the candidate isn't in the encoding."""
        try:
            if self._encoding == "hex":
                return binascii.unhexlify(candidate)
            made = binascii.a2b_base64(candidate, strict_mode=True)
        except ValueError:
            return b""
        return made if base64.b64encode(made) == candidate else b""  # its other spellings are refused

    def _proves(self, secret: str, signature: bytes, content: bytes) -> bool:
        try:
            self._verify(secret, signature, content)
        except InvalidSignature:
            return False
        return True

    @abstractmethod
    def _verify(self, secret: str, signature: bytes, content: bytes) -> None:
        """Raises InvalidSignature, or RelayError on a secret that isn't such a public key."""

    @abstractmethod
    def _sign(self, secret: str, content: bytes) -> bytes:
        """Raises RelayError on a secret that isn't such a private key."""


class RsaSha256(Asymmetric):
    """PKCS #1 v1.5. `pss`: PSS with MGF1 of SHA-256, whose salt is as long as can be in what is signed, and of any
    length in what is verified."""

    def __init__(self, encoding: Encoding, *, pss: bool = False) -> None:
        super().__init__(encoding)
        self._name = "rsa-pss-sha256" if pss else "rsa-sha256"
        self._verifying = PSS(MGF1(SHA256()), PSS.AUTO) if pss else PKCS1v15()
        self._signing = PSS(MGF1(SHA256()), PSS.MAX_LENGTH) if pss else PKCS1v15()

    def _verify(self, secret: str, signature: bytes, content: bytes) -> None:
        key = public_key(secret)
        if not isinstance(key, RSAPublicKey):
            raise _other_key(self._name)
        key.verify(signature, content, self._verifying, SHA256())

    def _sign(self, secret: str, content: bytes) -> bytes:
        key = private_key(secret)
        if not isinstance(key, RSAPrivateKey):
            raise _other_key(self._name)
        return key.sign(content, self._signing, SHA256())


class Ed25519(Asymmetric):
    """RFC 8032, without prehashing. `raw`: the keys are written as Standard Webhooks does, whpk_ and whsk_."""

    def __init__(self, encoding: Encoding, *, raw: bool = False) -> None:
        super().__init__(encoding)
        self._public = raw_public_key if raw else public_key
        self._private = raw_private_key if raw else private_key

    def _verify(self, secret: str, signature: bytes, content: bytes) -> None:
        key = self._public(secret)
        if not isinstance(key, Ed25519PublicKey):
            raise _other_key("ed25519")
        key.verify(signature, content)

    def _sign(self, secret: str, content: bytes) -> bytes:
        key = self._private(secret)
        if not isinstance(key, Ed25519PrivateKey):
            raise _other_key("ed25519")
        return key.sign(content)


def _other_key(wanted: str) -> RelayError:
    return RelayError(
        _("the secret is a key of another algorithm than {wanted}", wanted=wanted),
        remedy=_("give the right key or algorithm"),
    )
