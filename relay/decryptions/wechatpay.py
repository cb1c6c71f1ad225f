"""WeChat Pay's `resource`: AES-256-GCM under the APIv3 key, with a nonce and associated data beside it.

github.com/wechatpay-apiv3/wechatpay-go, utils/aes.go.
"""

import base64
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from relay.decryptions.written import decoded
from relay.errors import Forged, RelayError
from relay.texts import _

_KEYS, _NONCE = (16, 24, 32), 12  # what AES takes; the platform's have 32


class WechatPayCipher:
    """`key`: the APIv3 key, 32 characters."""

    def __init__(self, key: str) -> None:
        """Raises RelayError on one of another length."""
        if len(key.encode()) not in _KEYS:
            raise RelayError(_("the key can't be read"), remedy=_("give the APIv3 key, which has 32 characters"))
        self._cipher = AESGCM(key.encode())

    def decrypt(self, sealed: Any) -> bytes:
        """Of `{ciphertext, nonce, associated_data}`. Raises Forged, the same whatever is wrong."""
        if not isinstance(sealed, dict):
            raise Forged
        nonce, beside = _text(sealed.get("nonce")), _text(sealed.get("associated_data") or "")
        try:
            return self._cipher.decrypt(nonce, decoded(sealed.get("ciphertext")), beside)
        except (InvalidTag, ValueError):
            raise Forged from None

    def encrypt(self, plain: bytes, random: bytes) -> dict[str, str]:
        """With a nonce of 12 characters, and nothing beside it."""
        nonce = random.hex()[:_NONCE]
        code = base64.b64encode(self._cipher.encrypt(nonce.encode(), plain, b"")).decode()
        return {"algorithm": "AEAD_AES_256_GCM", "ciphertext": code, "nonce": nonce, "associated_data": ""}


def _text(value: Any) -> bytes:
    """Raises Forged on anything but text."""
    if not isinstance(value, str):
        raise Forged
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise Forged from None
