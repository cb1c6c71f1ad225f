"""Turns a secret as it is written into the key that it stands for, once for each secret. No error repeats a secret."""

import binascii
from functools import lru_cache

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
