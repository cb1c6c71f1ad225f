"""AES-256 in CBC with PKCS #7, as WeCom's and Feishu's frames have it."""

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from relay.errors import Forged


def opened(sealed: bytes, key: bytes, iv: bytes, block: int) -> bytes:
    """`block`: the bytes that it is padded to. Raises Forged, the same whatever is wrong."""
    cipher, padding = Cipher(AES256(key), CBC(iv)).decryptor(), PKCS7(block * 8).unpadder()
    try:
        padded = cipher.update(sealed) + cipher.finalize()
        return padding.update(padded) + padding.finalize()
    except ValueError:
        raise Forged from None


def closed(plain: bytes, key: bytes, iv: bytes, block: int) -> bytes:
    """The inverse."""
    cipher, padding = Cipher(AES256(key), CBC(iv)).encryptor(), PKCS7(block * 8).padder()
    padded = padding.update(plain) + padding.finalize()
    return cipher.update(padded) + cipher.finalize()
