"""The RSA pair of a played system that wants secrets encrypted. It is made anew in each process: none is kept."""

from base64 import b64decode, b64encode
from functools import cache

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@cache
def _private() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_key() -> str:
    """DER in base64 on one line, without PEM's frame, as these systems show it."""
    return b64encode(_private().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def opened(sealed: str) -> str:
    """What was encrypted by PKCS #1 v1.5 and written in base64, line breaks allowed; "" where it can't be read."""
    try:
        return _private().decrypt(b64decode(sealed), padding.PKCS1v15()).decode()
    except ValueError:
        return ""
