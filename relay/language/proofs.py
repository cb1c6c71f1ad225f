"""Filters by which a request proves where it comes from: digests, codes, and RSA, to a public key or by one's own.

Text is taken as UTF-8, and gives text: hexadecimal digits, or base64 where that is asked for. SHA-1 and MD5 are here
because systems ask for them, and protect nothing.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from relay.errors import ExpressionError
from relay.keys import encoded_public_key, private_key, public_key
from relay.nearest import nearest
from relay.plain import text
from relay.texts import _

_DIGESTS = ("sha256", "sha1", "sha512", "md5")
_FORMS: dict[str, Callable[[bytes], str]] = {
    "hex": bytes.hex,
    "base64": lambda made: base64.b64encode(made).decode(),
}
Form = Literal["hex", "base64"]


def raw(value: Any) -> bytes:
    """The bytes of a text; those of a body that isn't UTF-8 come back as they were."""
    return text(value).encode("utf-8", "surrogateescape")


def _formed(made: bytes, form: str) -> str:
    if form not in _FORMS:
        raise ExpressionError(_("there is no form {form}", form=repr(form[:20])), remedy=nearest(form, _FORMS))
    return _FORMS[form](made)


def _digest(name: str) -> Callable[..., str]:
    return lambda value, form="hex": _formed(hashlib.new(name, raw(value), usedforsecurity=False).digest(), form)


def _hmac(value: Any, key: Any, digest: str = "sha256", form: str = "hex") -> str:
    """Raises ExpressionError on an empty key: it would prove nothing."""
    if digest not in _DIGESTS:
        raise ExpressionError(
            _("there is no digest {digest}", digest=repr(digest[:20])), remedy=nearest(digest, _DIGESTS)
        )
    if not raw(key):
        raise ExpressionError(_("the key of hmac is empty"), remedy=_("set its variable"))
    return _formed(hmac.digest(raw(key), raw(value), digest), form)


def _rsa(value: Any, key: Any) -> str:
    """PKCS #1 v1.5, in base64; `key` is PEM, or DER in base64."""
    pem = text(key)
    try:
        found = public_key(pem) if "BEGIN" in pem else encoded_public_key(base64.b64decode(pem))
    except binascii.Error:
        raise ExpressionError(_("the key of rsa can't be read"), remedy=_("give PEM, or DER in base64")) from None
    if not isinstance(found, RSAPublicKey):
        raise ExpressionError(_("the key of rsa is one of another algorithm"), remedy=_("give an RSA key"))
    try:
        return base64.b64encode(found.encrypt(raw(value), PKCS1v15())).decode()
    except ValueError:
        raise ExpressionError(_("the text is too long for the key of rsa"), remedy=_("encrypt a shorter one")) from None


def _rsa_sha256(value: Any, key: Any) -> str:
    """A signature, PKCS #1 v1.5, in base64; `key` is a private key in PEM. Raises RelayError on another."""
    found = private_key(text(key))
    if not isinstance(found, RSAPrivateKey):
        raise ExpressionError(_("the key of rsa_sha256 is one of another algorithm"), remedy=_("give an RSA key"))
    return base64.b64encode(found.sign(raw(value), PKCS1v15(), SHA256())).decode()


PROOFS: dict[str, Callable[..., Any]] = {
    "b64encode": lambda value: base64.b64encode(raw(value)).decode(),
    "hex": lambda value: raw(value).hex(),
    "hmac": _hmac,
    "rsa": _rsa,
    "rsa_sha256": _rsa_sha256,
    **{name: _digest(name) for name in _DIGESTS},
}
