"""Turns a secret as it is written into the key that it stands for, once for each secret. No error repeats a secret."""

import binascii
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from relay.errors import RelayError
from relay.signatures.words import KeyForm
from relay.texts import N_, _

_KEPT = 256  # secrets; a relay has some dozens, and those that were taken out of service fall away
_SEED = 32  # bytes
_PUBLIC = ("-----BEGIN PUBLIC KEY", "-----BEGIN RSA PUBLIC KEY", "-----BEGIN CERTIFICATE", "whpk_")
_REMEDIES: dict[KeyForm, str] = {
    "text": N_("set a text that isn't empty"),
    "hex": N_("write it in hexadecimal digits, two for each byte, or say key: text"),
    "base64": N_("write it in base64 with its padding, or say key: text"),
    "whsec": N_("write whsec_ and then base64 with its padding, as the sender shows it"),
    "whpk": N_("write whpk_ and then 32 bytes in base64, as the sender shows it"),
}


@lru_cache(maxsize=_KEPT)
def hmac_key(secret: str, form: KeyForm) -> bytes:
    """Raises RelayError on a secret that isn't written in this form, that is empty, or that is a public key: where a
    list of schemes takes both, anybody could sign with what anybody knows."""
    if any(mark in secret for mark in _PUBLIC):
        raise RelayError(
            _("the secret is a public key, which proves nothing here"), remedy=_("give the secret of this scheme")
        )
    try:
        key = _decoded(secret, form)
    except ValueError:
        key = b""
    if not key:
        raise RelayError(_("the secret can't be read as {form}", form=form), remedy=_(_REMEDIES[form]))
    return key


@lru_cache(maxsize=_KEPT)
def raw_public_key(secret: str) -> Ed25519PublicKey:
    """Of `whpk_` and 32 bytes in base64. Raises RelayError on anything else."""
    try:
        return Ed25519PublicKey.from_public_bytes(_base64(secret, "whpk_"))
    except ValueError:
        raise RelayError(_("the secret can't be read as whpk"), remedy=_(_REMEDIES["whpk"])) from None


@lru_cache(maxsize=_KEPT)
def raw_private_key(secret: str) -> Ed25519PrivateKey:
    """Of `whsk_` and, in base64, 32 bytes, behind which the public key may stand. Raises RelayError."""
    try:
        return Ed25519PrivateKey.from_private_bytes(_base64(secret, "whsk_")[:_SEED])
    except ValueError:
        remedy = _("write whsk_ and then 64 bytes in base64, the private key and the public one")
        raise RelayError(_("the secret can't be read as whsk"), remedy=remedy) from None


def _decoded(secret: str, form: KeyForm) -> bytes:
    if form == "text":
        return secret.encode()
    if form == "hex":
        return binascii.unhexlify(secret)
    return _base64(secret, "whsec_" if form == "whsec" else "")


def _base64(secret: str, prefix: str) -> bytes:
    return binascii.a2b_base64(secret.removeprefix(prefix), strict_mode=True)
