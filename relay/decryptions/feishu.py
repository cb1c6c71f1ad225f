"""Feishu's and Lark's events: AES-256-CBC under the SHA-256 of the Encrypt Key, the IV in the first 16 bytes.

github.com/larksuite/oapi-sdk-python, lark_oapi/core/utils/decryptor.py.
"""

import base64
import hashlib
from typing import Any

from relay.decryptions.cbc import closed, opened
from relay.decryptions.written import decoded
from relay.errors import RelayError
from relay.texts import _

_BLOCK = 16


class FeishuCipher:
    """`key`: the Encrypt Key as the platform shows it."""

    def __init__(self, key: str) -> None:
        """Raises RelayError on an empty one."""
        if not key:
            raise RelayError(_("the key is empty"), remedy=_("give the Encrypt Key, as the platform shows it"))
        self._key = hashlib.sha256(key.encode()).digest()

    def decrypt(self, sealed: Any) -> bytes:
        """Raises Forged, the same whatever is wrong."""
        raw = decoded(sealed)
        return opened(raw[_BLOCK:], self._key, raw[:_BLOCK].ljust(_BLOCK, b"\0"), _BLOCK)

    def encrypt(self, plain: bytes, random: bytes) -> str:
        """In base64."""
        return base64.b64encode(random + closed(plain, self._key, random, _BLOCK)).decode()
