"""Whether what `mtls:` gives can be used: certificates and a key in PEM that belong together."""

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import Certificate, load_pem_x509_certificates

from relay.destination import Identity
from relay.errors import RelayError
from relay.keys import private_key
from relay.texts import _

_FORM = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def check_identity(identity: Identity) -> None:
    """Raises RelayError, whose `where` is cert, key or ca. The first certificate is Relay's own, its issuers follow."""
    if identity.ca is not None:
        _certificates("ca", identity.ca)
    if identity.cert is None or identity.key is None:
        return
    own = _certificates("cert", identity.cert)[0]
    try:
        key = private_key(identity.key)
    except RelayError as error:
        raise RelayError(error.what, "key", error.remedy) from None
    if own.public_key().public_bytes(*_FORM) != key.public_key().public_bytes(*_FORM):
        raise RelayError(
            _("it doesn't belong to the certificate"), "key", _("give the key that the certificate was made for")
        )


def _certificates(key: str, pem: str) -> list[Certificate]:
    try:
        return load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise RelayError(_("it holds no certificate"), key, _("give the PEM that begins BEGIN CERTIFICATE")) from None
