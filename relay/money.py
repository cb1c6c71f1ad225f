"""Amounts from wire to wire: JSON in and out without a float, and rounding only where somebody said so."""

import decimal
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from relay.currency import MINOR_UNITS
from relay.errors import RelayError
from relay.nearest import nearest
from relay.plain import digits, is_plain, kind
from relay.texts import N_, _, heard

LONGEST_NUMBER = 1000
LARGEST_EXPONENT = 6144  # decimal128's; Decimal alone would take 1e999999999999999999 and then fill the memory
MOST_NESTING = 100

CONTEXT = decimal.Context(
    prec=200,
    rounding=decimal.ROUND_HALF_UP,
    Emin=-2 * LARGEST_EXPONENT,
    Emax=2 * LARGEST_EXPONENT,
    traps=[decimal.Inexact, decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow, decimal.FloatOperation],
)
EXACT = "exact"
ROUNDINGS = {
    EXACT: decimal.ROUND_HALF_UP,  # which has nothing to do, or it is refused
    "half_up": decimal.ROUND_HALF_UP,
    "half_even": decimal.ROUND_HALF_EVEN,
    "up": decimal.ROUND_UP,
    "down": decimal.ROUND_DOWN,
    "ceiling": decimal.ROUND_CEILING,
    "floor": decimal.ROUND_FLOOR,
}
_NUMBER = re.compile(r"\s*([+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)\s*")


class BadJson(RelayError):
    """Bytes that aren't JSON as Relay takes it; `offset` is the byte where that shows, if known."""

    def __init__(self, what: str, offset: int | None = None) -> None:
        super().__init__(what if offset is None else _("{what} (byte {offset})", what=what, offset=offset))
        self.offset = offset


def decode_json(data: bytes) -> Any:
    """Plain data, numbers as int or Decimal exactly as written. Raises BadJson, and nothing else, on any bytes."""
    try:
        value = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _bad(data, str(error)) from None
    except RecursionError:
        raise BadJson(_(_TOO_DEEP, most=MOST_NESTING)) from None
    if data.count(b"[") + data.count(b"{") > MOST_NESTING:
        _check_nesting(value)
    if len(data) > LONGEST_NUMBER and _has_long_integer(data):
        raise BadJson(_(_TOO_LONG, most=LONGEST_NUMBER))
    return value


def encode_json(value: Any) -> bytes:
    """JSON with decimals as numbers. Raises RelayError on what isn't plain data: a float, NaN, a key not text."""
    try:
        data = _encoder.encode(value) if is_plain(value) else b"NaN"
    except (RecursionError, ValueError):
        raise RelayError(
            _("the data is nested too deeply, or its text isn't Unicode, or a number is too long")
        ) from None
    if (b"NaN" in data or b"Infinity" in data) and _NO_NUMBER.search(_STRING.sub(b"", data)):
        raise RelayError(_("the data holds what JSON can't say exactly, such as a float, NaN or a key that isn't text"))
    return _SMALL.sub(_in_plain_digits, data) if b"E-" in data else data


def money(value: Any, currency_or_places: str | int, rounding: str = "half_up") -> Decimal:
    """The amount in a currency's minor units, or with a number of places. Raises RelayError on what is no number."""
    return rounded(number(value), places(currency_or_places), rounding)


def minor(value: Any, currency_or_places: str | int, rounding: str = EXACT) -> int:
    """The amount in minor units: 12.30 in CNY is 1230. Raises RelayError as `money` does."""
    to = places(currency_or_places)
    return int(CONTEXT.scaleb(rounded(number(value), to, rounding), to))


def from_minor(value: Any, currency_or_places: str | int) -> Decimal:
    """The amount of so many minor units: 1230 in CNY is 12.30. Raises RelayError on what is no whole number."""
    units = number(value)
    if units != units.to_integral_value():
        raise RelayError(_("minor units are whole numbers"))
    to = places(currency_or_places)
    return rounded(CONTEXT.scaleb(units, -to), to, EXACT)


def quotient(value: Any, divisor: Any, currency_or_places: str | int, rounding: str = "half_up") -> Decimal:
    """A quotient, rounded once. Raises RelayError on what is no number and on zero."""
    by = number(divisor)
    if not by:
        raise RelayError(_("division by zero"))
    # 05UP keeps a trace of what it cuts in the last of 200 digits, so that the second rounding is right.
    return rounded(_rounding(decimal.ROUND_05UP).divide(number(value), by), places(currency_or_places), rounding)


def rounded(value: Decimal, to: int, rounding: str = "half_up") -> Decimal:
    """Rounded to `to` places; below zero to tens, hundreds and so on.
    Raises RelayError beyond 200 digits, and where an EXACT one would lose digits."""
    if rounding not in ROUNDINGS:
        raise RelayError(_("there is no such rounding"), remedy=nearest(str(rounding), ROUNDINGS))
    context = _rounding(ROUNDINGS[rounding])
    try:
        found = context.quantize(value, Decimal((0, (1,), -to)))
        found = context.quantize(found, Decimal(1)) if to < 0 else found
    except decimal.InvalidOperation:
        raise RelayError(_("the amount has more than 200 digits")) from None
    if rounding == EXACT and found != value:
        remedy = _("name a rounding: {roundings}", roundings=", ".join(name for name in ROUNDINGS if name != EXACT))
        raise RelayError(_("digits would be lost: more than {places} decimals", places=to), remedy=remedy)
    return found


def places(currency_or_places: str | int) -> int:
    """How many decimals. Raises RelayError on a currency that ISO 4217 doesn't know."""
    if type(currency_or_places) is int and abs(currency_or_places) < CONTEXT.prec:
        return currency_or_places
    if isinstance(currency_or_places, str) and currency_or_places in MINOR_UNITS:
        return MINOR_UNITS[currency_or_places]
    raise RelayError(
        _("that is no currency and no number of places"), remedy=_("give ISO 4217's code, such as 'CNY', or 2")
    )


def number(value: Any) -> Decimal:
    """A Decimal from a number or its text. Raises RelayError on anything else: a float, true, NaN, junk."""
    if type(value) is int:
        return Decimal(value)
    if type(value) is Decimal and value.is_finite():
        return value
    if isinstance(value, str) and (found := _NUMBER.fullmatch(value)):
        return parse_number(found[1])
    raise RelayError(
        _("a number is needed, not text of another form")
        if isinstance(value, str)
        else _("a number is needed, not {kind}", kind=kind(value))
    )


def parse_number(written: str) -> Decimal:
    """A Decimal exactly as written in JSON. Raises BadJson on one that is too long or too large to reckon with."""
    if len(written) > LONGEST_NUMBER:
        raise BadJson(_(_TOO_LONG, most=LONGEST_NUMBER))
    if "e" not in written and "E" not in written:
        return Decimal(written)
    try:
        value = Decimal(written, CONTEXT)
    except decimal.InvalidOperation:
        raise BadJson(_(_TOO_LARGE, most=LARGEST_EXPONENT)) from None
    if abs(value.adjusted()) > LARGEST_EXPONENT:
        raise BadJson(_(_TOO_LARGE, most=LARGEST_EXPONENT))
    return value


_TOO_DEEP = N_("nested more than {most} levels deep")
_TOO_LONG = N_("a number is longer than {most} characters")
_TOO_LARGE = N_("a number's exponent is beyond {most}")
_MALFORMED = (  # what msgspec says of JSON
    N_("Input data was truncated"),
    N_("invalid character"),
    N_("invalid escape character in string"),
    N_("invalid number"),
    N_("trailing characters"),
    N_("trailing comma in array"),
    N_("trailing comma in object"),
    N_("object keys must be strings"),
    N_("expected ':'"),
    N_("expected ',' or ']'"),
    N_("expected ',' or '}'"),
)
_OUT_OF_RANGE = "Integer value out of range"
_decoder = msgspec.json.Decoder(float_hook=parse_number)
_encoder = msgspec.json.Encoder(decimal_format="number")
_NESTS = frozenset({dict, list})
_PLACE = re.compile(r" \(byte (\d+)\)")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"')
_SMALL = re.compile(rb'"(?:[^"\\]|\\.)*+"|-?[0-9.]+E-[0-9]+')
_NO_NUMBER = re.compile(rb"NaN|Infinity")
_ZEROS = bytes.maketrans(b"123456789", b"000000000")


def _rounding(mode: str) -> decimal.Context:
    context = CONTEXT.copy()
    context.rounding = mode
    context.traps[decimal.Inexact] = False
    return context


def _in_plain_digits(found: re.Match[bytes]) -> bytes:
    written = found[0]
    return written if written.startswith(b'"') else digits(Decimal(written.decode())).encode()


def _bad(data: bytes, reason: str) -> BadJson:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return BadJson(_("not UTF-8"), error.start)
    if not data.strip():
        return BadJson(_("empty, where JSON is needed"))
    if data.startswith(b"\xef\xbb\xbf"):
        return BadJson(_("begins with a byte order mark"), 0)
    if reason.startswith(_OUT_OF_RANGE):
        return BadJson(_(_TOO_LONG, most=LONGEST_NUMBER))
    place = _PLACE.search(reason)
    what = _PLACE.sub("", reason).removeprefix("JSON is malformed: ")
    return BadJson(_("not JSON: {what}", what=heard(what, _MALFORMED)), int(place[1]) if place else None)


def _check_nesting(value: Any) -> None:
    level = [value]
    for _each in range(MOST_NESTING):
        level = [child for each in level for child in _containers(each)]
        if not level:
            return
    raise BadJson(_(_TOO_DEEP, most=MOST_NESTING))


def _containers(value: Any) -> Iterable[Any]:
    inside = value.values() if type(value) is dict else value
    return () if _NESTS.isdisjoint(map(type, inside)) else [each for each in inside if type(each) in _NESTS]


def _has_long_integer(data: bytes) -> bool:
    run = b"0" * (LONGEST_NUMBER + 1)
    return run in data.translate(_ZEROS) and run in _STRING.sub(b'""', data).translate(_ZEROS)
