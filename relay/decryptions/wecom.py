"""The frame of WeCom, DingTalk and YonBIP: 16 bytes of chance, the length in 4, the message, the owner's id.

AES-256-CBC whose IV is the key's first 16 bytes, padded to 32 bytes and not to 16 (github.com/sbzhu/weworkapi_python,
callback_python3/WXBizMsgCrypt3.py; github.com/open-dingtalk/DingTalk-Callback-Crypto).
"""

import base64
import hmac
import re
from typing import Any

from relay.decryptions.cbc import closed, opened
from relay.decryptions.written import decoded
from relay.errors import Forged, RelayError
from relay.texts import _

_BLOCK, _RANDOM, _HEAD = 32, 16, 20
_LENGTH = 43
_CHARACTERS = re.compile(r"[A-Za-z0-9+/]{43}")


class WecomFrame:
    """`form` encoding-aes-key: 43 characters of base64. yonbip: an application's secret, without its hyphens, filled up
    or cut to 43 (github.com/yonyoucloud-open/corp-demo)."""

    def __init__(self, key: str, owner: str, form: str) -> None:
        """Raises RelayError on what isn't such a key."""
        written = key.replace("-", "").ljust(_LENGTH, "0")[:_LENGTH] if form == "yonbip" and key else key
        if not _CHARACTERS.fullmatch(written):
            raise RelayError(
                _("the key can't be read"), remedy=_("give its 43 letters and digits, as the platform shows it")
            )
        self._key, self._owner = base64.b64decode(written + "="), owner.encode()

    def decrypt(self, sealed: Any) -> bytes:
        """Raises Forged, the same whatever is wrong: it is another owner's, too."""
        frame = opened(decoded(sealed), self._key, self._key[:_RANDOM], _BLOCK)
        end = _HEAD + int.from_bytes(frame[_RANDOM:_HEAD])
        if len(frame) < _HEAD or not hmac.compare_digest(frame[end:], self._owner):
            raise Forged
        return frame[_HEAD:end]

    def encrypt(self, plain: bytes, random: bytes) -> str:
        """In base64."""
        frame = random + len(plain).to_bytes(4) + plain + self._owner
        return base64.b64encode(closed(frame, self._key, self._key[:_RANDOM], _BLOCK)).decode()
