"""Sizes as people write them: a whole number and a unit, `64KiB` or `1MiB`; without a unit, bytes."""

import re

from relay.texts import _

_UNITS = {"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
SHAPE = re.compile(r"([0-9]{1,12})(|B|KiB|MiB|GiB)")


def spelled_size(size: int) -> str:
    """In the largest unit that says it in a whole number: 1MiB, 1500B."""
    unit = next(unit for unit in reversed(_UNITS) if size % _UNITS[unit] == 0)
    return f"{size // _UNITS[unit]}{unit}"


def parse_size(text: str) -> int:
    """Bytes. Raises ValueError, which says what would be right."""
    match = SHAPE.fullmatch(text)
    if match is None:
        raise ValueError(
            _("{text} is no size: write a whole number and B, KiB, MiB or GiB, such as 1MiB", text=repr(text[:40]))
        )
    number, unit = match.groups()
    return int(number) * _UNITS[unit]
