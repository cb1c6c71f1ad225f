"""Text cut to the lengths of an ERP's fields, by characters or by bytes of its charset."""

from bisect import bisect_right
from typing import Any

from relay.errors import ExpressionError
from relay.plain import text
from relay.texts import _


def cut(value: Any, length: int, charset: str | None = None) -> str:
    """The beginning of at most so many characters, or so many bytes in a charset, without splitting a character.
    Raises ExpressionError on a charset that isn't known, or that lacks a character of what is kept."""
    whole = text(value)
    if type(length) is not int or length < 0:
        raise ExpressionError(_("cut takes a length"), remedy=_("such as | cut(60), or | cut(60, 'gbk')"))
    kept = whole[:length]  # no charset has less than a byte for a character
    return kept if charset is None else kept[: _fitting(kept, length, charset)]


def truncated(value: Any, length: int = 255, end: str = "") -> str:
    """At most so many characters, with `end` where some were cut off."""
    whole = text(value)
    return whole if len(whole) <= length else whole[: max(0, length - len(end))] + end


def _fitting(kept: str, length: int, charset: str) -> int:
    """How many characters have at most that many bytes."""

    def size(characters: int) -> int:
        return len(kept[:characters].encode(charset))

    try:
        return bisect_right(range(len(kept) + 1), length, key=size) - 1
    except LookupError:
        raise ExpressionError(
            _("there is no charset {charset}", charset=repr(str(charset)[:40])), remedy=_("such as gbk or utf-8")
        ) from None
    except UnicodeEncodeError:
        raise ExpressionError(_("the text holds characters that {charset} doesn't have", charset=charset)) from None
