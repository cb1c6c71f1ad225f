"""What a client encrypts with the public key that a played system shows."""

from base64 import b64decode, b64encode

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key


def sealed(secret: str, public_key: str) -> str:
    """PKCS #1 v1.5, in base64."""
    return b64encode(load_der_public_key(b64decode(public_key)).encrypt(secret.encode(), padding.PKCS1v15())).decode()
