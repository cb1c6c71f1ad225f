"""Keys that are believed because of where they were asked for, over TLS: in PEM, or as a JWK (RFC 7517)."""

import base64
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from relay.destination import Answer
from relay.errors import KeyRefused, RelayError
from relay.keys import public_key
from relay.publisher import Published
from relay.texts import _


class Pem:
    """A public key in PEM."""

    def read(self, name: str, taken: Any, answer: Answer, now: float) -> Mapping[str, Published]:
        try:
            return {name: Published(key=pem_of(public_key(str(taken))))}
        except RelayError:
            raise KeyRefused(_("the answer holds no public key in PEM")) from None


class Jwk:
    """One of the curve P-256, for ES256 (RFC 7518, 6.2), and of the name that was asked for."""

    def read(self, name: str, taken: Any, answer: Answer, now: float) -> Mapping[str, Published]:
        if not isinstance(taken, dict) or (taken.get("kty"), taken.get("crv")) != ("EC", "P-256"):
            raise KeyRefused(_("the answer holds no JWK of the curve P-256"))
        if taken.get("kid", name) != name or taken.get("alg", "ES256") != "ES256" or taken.get("use", "sig") != "sig":
            raise KeyRefused(_("the JWK is another than was asked for"))
        try:
            key = EllipticCurvePublicNumbers(_number(taken["x"]), _number(taken["y"]), SECP256R1()).public_key()
        except (KeyError, TypeError, ValueError):
            raise KeyRefused(_("the JWK is no point of its curve")) from None
        return {name: Published(key=pem_of(key))}


def pem_of(key: PublicKeyTypes) -> str:
    """As the algorithms take it."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _number(written: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(written + "=" * (-len(written) % 4)))
