"""Bytes that stand as base64 in what a platform sends."""

import binascii
from typing import Any

from relay.errors import Forged


def decoded(sealed: Any) -> bytes:
    """Raises Forged on anything but base64."""
    if not isinstance(sealed, str):
        raise Forged
    try:
        return binascii.a2b_base64(sealed.encode("ascii"), strict_mode=True)
    except ValueError:
        raise Forged from None
