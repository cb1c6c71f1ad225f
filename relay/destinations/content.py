"""An answer's body as the kind that its destination speaks; anything else is unreadable, and so in doubt."""

import re
from enum import StrEnum
from typing import Any

from relay.destination import Answer
from relay.errors import Unreadable
from relay.money import BadJson, decode_json

_BOM = b"\xef\xbb\xbf"
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.-]+)", re.IGNORECASE)
_CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5", "iso-8859-1": "latin-1"}


class Kind(StrEnum):
    JSON = "json"
    XML = "xml"
    TEXT = "text"


def read(answer: Answer, kind: Kind) -> Any:
    """The body as plain data or text. What it is counts, not what Content-Type calls it: ERPs send JSON as
    text/html. Its charset is believed, UTF-8 without one. Raises Unreadable, which never shows the body."""
    if answer.cut:
        raise Unreadable("the answer was too large and is cut")
    text = _utf8(answer)
    try:
        return decode_json(text) if kind is Kind.JSON else text.decode()
    except (BadJson, UnicodeDecodeError):
        raise Unreadable(f"the answer {_looks(answer)}, not {kind}") from None


def _utf8(answer: Answer) -> bytes:
    charset = _CHARSET.search(answer.headers.get("content-type", ""))
    codec = _CHARSETS.get(charset[1].lower()) if charset else None
    if codec is None:
        return answer.body.removeprefix(_BOM)
    try:
        return answer.body.decode(codec).encode()
    except UnicodeDecodeError:
        raise Unreadable(f"the answer isn't {codec} as it says") from None


def _looks(answer: Answer) -> str:
    start = answer.body[:200].lstrip(_BOM + b" \t\r\n").lower()
    if not start:
        return "is empty"
    if start.startswith((b"<!doctype html", b"<html")):
        return "is an HTML page"
    return "is XML" if start.startswith(b"<") else "is something else"
