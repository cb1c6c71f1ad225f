"""Turns a secret as it is written into the key that it stands for, once for each secret. No error repeats a secret."""

import binascii
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from relay.errors import RelayError
from relay.signatures.vocabulary import KeyForm

_KEPT = 256  # secrets; a relay has some dozens, and those that were taken out of service fall away
_REMEDIES: dict[KeyForm, str] = {
    "text": "set a text that isn't empty",
    "hex": "write it in hexadecimal digits, two for each byte, or say key: text",
    "base64": "write it in base64 with its padding, or say key: text",
    "whsec": "write whsec_ and then base64 with its padding, as the sender shows it",
}


@lru_cache(maxsize=_KEPT)
def hmac_key(secret: str, form: KeyForm) -> bytes:
    """Raises RelayError on a secret that isn't written in this form, or that is empty."""
    try:
        key = _decoded(secret, form)
    except ValueError:
        key = b""
    if not key:
        raise RelayError(f"the secret can't be read as {form}", remedy=_REMEDIES[form])
    return key


def _decoded(secret: str, form: KeyForm) -> bytes:
    if form == "text":
        return secret.encode()
    if form == "hex":
        return binascii.unhexlify(secret)
    return binascii.a2b_base64(secret.removeprefix("whsec_") if form == "whsec" else secret, strict_mode=True)


@lru_cache(maxsize=_KEPT)
def public_key(secret: str) -> PublicKeyTypes:
    """Raises RelayError on what isn't a public key in PEM."""
    try:
        return load_pem_public_key(secret.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise RelayError("the secret is no public key", remedy="give the PEM that begins BEGIN PUBLIC KEY") from None


@lru_cache(maxsize=_KEPT)
def private_key(secret: str) -> PrivateKeyTypes:
    """Raises RelayError on what isn't an unencrypted private key in PEM."""
    try:
        return load_pem_private_key(secret.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        remedy = "give the PEM that begins BEGIN PRIVATE KEY, not encrypted"
        raise RelayError("the secret is no private key", remedy=remedy) from None
