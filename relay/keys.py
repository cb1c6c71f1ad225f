"""Keys in PEM, read once for each. No error repeats a key."""

from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from relay.errors import RelayError
from relay.texts import _

_KEPT = 256  # a relay has some dozens, and those that were taken out of service fall away


@lru_cache(maxsize=_KEPT)
def public_key(secret: str) -> PublicKeyTypes:
    """Raises RelayError on what isn't a public key in PEM."""
    try:
        return load_pem_public_key(secret.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise RelayError(
            _("the secret is no public key"), remedy=_("give the PEM that begins BEGIN PUBLIC KEY")
        ) from None


@lru_cache(maxsize=_KEPT)
def encoded_public_key(der: bytes) -> PublicKeyTypes:
    """The same from DER. Raises RelayError."""
    try:
        return load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        raise RelayError(_("this is no public key"), remedy=_("give PEM, or DER in base64")) from None


@lru_cache(maxsize=_KEPT)
def private_key(secret: str) -> PrivateKeyTypes:
    """Raises RelayError on what isn't an unencrypted private key in PEM."""
    try:
        return load_pem_private_key(secret.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        remedy = _("give the PEM that begins BEGIN PRIVATE KEY, not encrypted")
        raise RelayError(_("the secret is no private key"), remedy=remedy) from None
