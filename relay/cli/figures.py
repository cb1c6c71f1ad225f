"""Times, spans and sizes as people read them: in the local zone, in the largest units that say enough."""

from datetime import datetime

_SPANS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_SIZES = ("B", "KB", "MB", "GB", "TB")


def local(instant: str | None) -> str:
    """RFC 3339 as the day and time here."""
    return f"{_here(instant):%Y-%m-%d %H:%M:%S}" if instant else ""


def zoned(instant: str) -> str:
    """The same with milliseconds and the zone."""
    here = _here(instant)
    return f"{here:%Y-%m-%d %H:%M:%S}.{here.microsecond // 1000:03d} {here:%z}"


def clock(instant: str) -> str:
    """The time of day here, with milliseconds."""
    here = _here(instant)
    return f"{here:%H:%M:%S}.{here.microsecond // 1000:03d}"


def span(seconds: int | None) -> str:
    """Two units at the most: 3d 4h, 12min 5s."""
    if seconds is None:
        return ""
    parts: list[str] = []
    rest = seconds
    for unit, long in _SPANS:
        count, rest = divmod(rest, long)
        if count or (unit == "s" and not parts):
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2])


def size(bytes_: int) -> str:
    """Powers of 1,000 would be other numbers than Redis's own: it counts in 1,024s."""
    amount, units = bytes_ * 10, iter(_SIZES)
    unit = next(units)
    while amount >= 10_240:
        amount, unit = amount // 1024, next(units)
    return f"{amount // 10} {unit}" if unit == "B" else f"{amount // 10}.{amount % 10} {unit}"


def _here(instant: str) -> datetime:
    return datetime.fromisoformat(instant).astimezone()
