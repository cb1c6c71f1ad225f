"""What a request calls its key: the value of a header, or the `kid` of a JWT. Nothing of it is believed yet."""

import base64
import re
from collections.abc import Callable

from relay.errors import Forged
from relay.money import BadJson, decode_json
from relay.publishers.words import By
from relay.signature import Received

Naming = Callable[[Received], str]
_NAME = re.compile(r"[!-~]{1,500}")
_LONGEST = 4096  # characters of a JWT's head


def naming(by: By, token: str) -> Naming:
    """`token`: the header in which the JWT stands. What is returned raises Forged where a request names no key."""
    if by.header is not None:
        header = by.header.lower()
        return lambda received: _checked(received.headers.get(header))
    claim, place = by.claim or "", token.lower()
    return lambda received: _checked(_head(received.headers.get(place, "")).get(claim))


def _checked(name: object) -> str:
    """Printed and short: it may go into an address, and it is remembered."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Forged
    return name


def _head(token: str) -> dict[str, object]:
    """The JOSE header (RFC 7515, 4)."""
    written = token[:_LONGEST].partition(".")[0]
    try:
        head = decode_json(base64.urlsafe_b64decode(written + "=" * (-len(written) % 4)))
    except (BadJson, ValueError):
        raise Forged from None
    if not isinstance(head, dict):
        raise Forged
    return head
