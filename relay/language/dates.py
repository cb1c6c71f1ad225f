"""Dates in expressions: what platforms send as a time, printed as an ERP wants it."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from relay.errors import ExpressionError
from relay.money import CONTEXT
from relay.plain import kind
from relay.texts import _

_SHAPE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?)?"
    r"|\d{8}(?:[Tt]\d{4}(?:\d\d)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_DATE_ALONE = re.compile(r"\s*(\d{4}-\d\d-\d\d|\d{8})\s*", re.ASCII)
_COMPACT = re.compile(r"(\d{8})(\d{6})", re.ASCII)  # 20260331163000
_SINCE_1970 = re.compile(r"\d{10}|\d{13}", re.ASCII)  # seconds, milliseconds: as text they are never other dates
_DIRECTIVES = frozenset("YymdHMSIpjfzbBaAVGu%sQ")
_MILLISECONDS_FROM = 100_000_000_000  # as seconds, the year 5138; as milliseconds, 1973
_FARTHEST = 200_000_000_000_000  # milliseconds: the year 8307
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name. Raises ExpressionError on one that isn't known."""
    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError):
        raise ExpressionError(
            _("there is no time zone {name}", name=repr(name[:40])), remedy=_("such as Asia/Shanghai")
        ) from None


def moment_in(value: Any, local: tzinfo | None, name: str | None) -> datetime:
    """When it was in the zone of that name, local without one; a date alone is the same in all. Raises as `moment`."""
    when = moment(value, local)
    alone = isinstance(value, str) and _DATE_ALONE.fullmatch(value)
    return when if name is None or alone else when.astimezone(zone(name))


def moment(value: Any, local: tzinfo | None) -> datetime:
    """When it was: from RFC 3339 or ISO 8601 text, 20260331163000, or seconds or milliseconds since 1970.
    In the local zone if there is one. Raises ExpressionError, also on a time without a zone where none is local."""
    if isinstance(value, str) and _SINCE_1970.fullmatch(value.strip()):
        value = int(value)
    if type(value) in (int, Decimal):
        return _from_epoch(value).astimezone(local or UTC)
    if not isinstance(value, str):
        raise ExpressionError(_("a time is needed, not {kind}", kind=kind(value)))
    when = _from_text(value.strip())
    if when.tzinfo is not None:
        return when.astimezone(local) if local else when
    if local is None and not _DATE_ALONE.fullmatch(value):
        raise ExpressionError(_("a time without a zone"), remedy=_("set defaults.timezone"))
    return when.replace(tzinfo=local)


def day(text: str) -> date:
    """A date alone. Raises ExpressionError on anything else."""
    if not _DATE_ALONE.fullmatch(text):
        raise ExpressionError(_("text that is no date"), remedy=_("such as 2026-03-31"))
    return _from_text(text.strip()).date()


def printed(when: datetime, pattern: str) -> str:
    """By strftime's directives, of those the ones that don't depend on the machine; other characters as they are.
    %s is in seconds since 1970, %Q in milliseconds."""
    return re.sub(r"%(.?)", lambda found: _directive(when, found[1]), pattern)


def _from_epoch(value: int | Decimal) -> datetime:
    if not -_FARTHEST < value < _FARTHEST:
        raise ExpressionError(_("a number that is no time since 1970"))
    micro = 1000 if CONTEXT.abs(value) >= _MILLISECONDS_FROM else 1_000_000
    return _EPOCH + timedelta(microseconds=int(CONTEXT.multiply(value, micro)))


def _from_text(text: str) -> datetime:
    if compact := _COMPACT.fullmatch(text):
        text = "T".join(compact.groups())
    if not _SHAPE.fullmatch(text):
        raise ExpressionError(_("text that is no time"), remedy=_("such as 2026-03-31T16:30:00Z"))
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        raise ExpressionError(_("text that is no time: there is no such day or hour")) from None


def _directive(when: datetime, letter: str) -> str:
    if letter not in _DIRECTIVES or not letter:
        raise ExpressionError(_("a date has no %{letter}", letter=letter), remedy=_("such as %Y-%m-%d"))
    match letter:
        case "Y":
            return f"{when.year:04}"
        case "s":
            return _since_1970(when, timedelta(seconds=1))
        case "Q":
            return _since_1970(when, timedelta(milliseconds=1))
    return when.strftime(f"%{letter}")


def _since_1970(when: datetime, unit: timedelta) -> str:
    if when.tzinfo is None:
        raise ExpressionError(_("a date without a zone"), remedy=_("set defaults.timezone"))
    return str((when - _EPOCH) // unit)
