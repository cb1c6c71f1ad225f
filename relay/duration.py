"""Durations as people write them: a whole number and a unit, `300s` or `5m`. A year (`10y`) is one of 366 days, so that
what must be kept for years is."""

import re

from relay.texts import _

_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "y": 366 * 86_400_000}
SHAPE = re.compile(r"([0-9]{1,12})(ms|s|m|h|d|y)")


def parse_duration_ms(text: str) -> int:
    """Milliseconds. Raises ValueError, which says what would be right."""
    match = SHAPE.fullmatch(text)
    if match is None:
        raise ValueError(
            _(
                "{text} is no duration: write a whole number and ms, s, m, h, d or y, such as 30s or 5m",
                text=repr(text[:40]),
            )
        )
    number, unit = match.groups()
    return int(number) * _UNITS_MS[unit]


def spelled_ms(duration: int) -> str:
    """In the largest unit that says it in a whole number: 24h, 90s."""
    unit = next(unit for unit in reversed(_UNITS_MS) if duration % _UNITS_MS[unit] == 0)
    return f"{duration // _UNITS_MS[unit]}{unit}"
