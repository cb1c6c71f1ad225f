"""What a plain YAML scalar is: null, true, false, whole and decimal numbers. All else is text.

YAML 1.1 reads `no` as false, 1:30 as 90 and 0010 as 8. Bank accounts and codes must not change so.
"""

import re
from decimal import Decimal

from relay.texts import _

_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?")
MOST_DIGITS = 200


def typed(text: str) -> str | int | bool | Decimal | None:
    """The value of an unquoted scalar; decimals stay as written. Raises ValueError on a number that is too long."""
    if text in _WORDS:
        return _WORDS[text]
    number = _NUMBER.fullmatch(text)
    if number is None:
        return text
    if len(text) > MOST_DIGITS:
        raise ValueError(_("a number has at most {most_digits} digits", most_digits=MOST_DIGITS))
    return Decimal(text) if number[1] else int(text)
