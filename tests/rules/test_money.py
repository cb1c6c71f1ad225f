"""Amounts: JSON in and out without a float, exact arithmetic, rounding where it is asked for."""

import decimal
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.errors import RelayError
from relay.money import CONTEXT, BadJson, decode_json, encode_json, money, number, quotient, rounded

decimals = st.decimals(allow_nan=False, allow_infinity=False, places=2) | st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40
)
decimals = decimals.filter(lambda number: number != 0 or not number.is_signed())
scalars = st.none() | st.booleans() | st.integers(-(10**60), 10**60) | decimals | st.text(st.characters(codec="utf-8"))
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=20,
)
json_like = st.text(st.sampled_from('{}[]",:\\u0123456789dDeE+-.truefalsn \n'), max_size=60)


def exactly(value):
    """With the digits of numbers, so that 12.3 and 12.30 differ, and 1 and true."""
    if isinstance(value, dict):
        return {key: exactly(item) for key, item in value.items()}
    if isinstance(value, list):
        return [exactly(item) for item in value]
    return "number" if type(value) in (int, Decimal) else type(value), str(value)


@given(documents)
def test_what_is_encoded_decodes_to_the_same_data_and_the_same_digits(document):
    assert exactly(decode_json(encode_json(document))) == exactly(document)


@given(st.binary(max_size=80) | json_like.map(str.encode))
def test_any_bytes_either_decode_or_raise_bad_json(data):
    try:
        value = decode_json(data)
    except BadJson:
        return
    assert exactly(value) == exactly(json.loads(data, parse_float=Decimal))


@pytest.mark.parametrize(
    "written",
    [
        "12.30",
        "0.00",
        "1234567890123456.78",
        "0.1",
        "-0.10",
        "0",
        "-7",
        "1" * 40,
        "9" * 40 + ".99",
        "0.00000001",
        "1E+2",
    ],
)
def test_a_number_leaves_as_it_came(written):
    assert encode_json(decode_json(written.encode())) == written.encode()


def test_text_that_looks_like_a_small_number_is_left_alone():
    document = {"code": 'A"1E-8', "rate": Decimal("1E-8")}
    assert encode_json(document) == b'{"code":"A\\"1E-8","rate":0.00000001}'


def test_a_tiny_number_is_not_blown_up_into_thousands_of_zeros():
    assert len(encode_json([Decimal("1E-6000")] * 100)) < 1000


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"nope", "not JSON"),
        (b'{"a":1', "not JSON"),
        (b"[1,]", "not JSON"),
        (b"NaN", "not JSON"),
        (b"[-Infinity]", "not JSON"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"a":"\xff"}', "not UTF-8"),
        (b'"\xed\xa0\x80"', "not UTF-8"),
        (b'"\\ud800"', "not JSON"),
        (b'"\\ud800\\u0041"', "not JSON"),
        (b'{"\\udc00":1}', "not JSON"),
        (b"[" * 101 + b"]" * 101, "levels deep"),
        (b'{"a":' * 101 + b"1" + b"}" * 101, "levels deep"),
        (b"[" * 100_000, "levels deep"),
        (b"1" * 1001, "longer than 1000"),
        (b"1" * 1_000_000, "longer than 1000"),
        (b'{"a":"\\"","b":-' + b"1" * 1001 + b"}", "longer than 1000"),
        (b"0." + b"1" * 1000, "longer than 1000"),
        (b"1e6145", "exponent"),
        (b"1e-99999", "exponent"),
        (b"1e99999999999999999999", "exponent"),
    ],
)
def test_a_body_that_cannot_be_trusted_is_refused_with_its_reason(data, reason):
    with pytest.raises(BadJson, match=reason):
        decode_json(data)


def test_a_refusal_tells_the_byte():
    with pytest.raises(BadJson, match=r"\(byte 4\)") as caught:
        decode_json(b'["a"\xff]')
    assert caught.value.offset == 4


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100 + b"]" * 100,
        b'"' + b"[" * 5000 + b'"',
        b'"' + b"1" * 5000 + b'"',
        b"1" * 1000,
        b"[" + b"[]," * 500 + b"1]",
    ],
)
def test_what_is_just_within_the_bounds_is_taken(data):
    decode_json(data)


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        [1, {"a": [0.1]}],
        Decimal("NaN"),
        [Decimal("-Infinity")],
        {1: 2},
        {None: 1},
        {"a": {1}},
        b"x",
        "\ud800",
        (1,),
    ],
)
def test_what_json_cannot_say_exactly_is_refused(value):
    with pytest.raises(RelayError):
        encode_json(value)


def test_text_may_say_nan():
    assert encode_json(["NaN", "Infinity"]) == b'["NaN","Infinity"]'


def test_data_nested_too_deeply_to_encode_is_refused():
    value = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(RelayError):
        encode_json(value)


@pytest.mark.parametrize(
    ("value", "currency", "expected"),
    [
        (Decimal("12.345"), "CNY", "12.35"),
        (Decimal("-12.345"), "CNY", "-12.35"),
        (7, "CNY", "7.00"),
        ("1234.5", "JPY", "1235"),
        ("1.0005", "KWD", "1.001"),
        (" 2e3 ", 1, "2000.0"),
        (0, "CLF", "0.0000"),
    ],
)
def test_money_has_the_minor_units_of_its_currency(value, currency, expected):
    assert str(money(value, currency)) == expected


@pytest.mark.parametrize("value", [1.5, True, None, "", "12,30", "1_000", "NaN", "٣", Decimal("NaN"), [], "1" * 1001])
def test_what_is_no_amount_is_refused(value):
    with pytest.raises(RelayError):
        number(value)


@pytest.mark.parametrize("unit", ["RMB", "cny", True, 1.0, None, 300])
def test_what_is_no_currency_is_refused(unit):
    with pytest.raises(RelayError, match="currency"):
        money(1, unit)


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [("half_up", "-3"), ("half_even", "-2"), ("up", "-3"), ("down", "-2"), ("ceiling", "-2"), ("floor", "-3")],
)
def test_rounding_goes_the_way_it_is_named(rounding, expected):
    assert str(rounded(Decimal("-2.5"), 0, rounding)) == expected


def test_an_unknown_rounding_is_refused_with_the_nearest():
    with pytest.raises(RelayError, match="half_up"):
        rounded(Decimal(1), 0, "half_upp")


def test_rounding_to_hundreds_prints_plain_digits():
    assert str(rounded(Decimal("1250"), -2)) == "1300"


def test_a_quotient_is_rounded_once():
    assert str(quotient(10, 3, "CNY")) == "3.33"
    just_below_half = Decimal("0.00499" + "9" * 230)
    assert str(quotient(just_below_half, 1, 2)) == "0.00"


@pytest.mark.parametrize("divisor", [0, "0.00"])
def test_a_quotient_by_zero_is_refused(divisor):
    with pytest.raises(RelayError, match="zero"):
        quotient(1, divisor, 2)


def test_an_amount_beyond_200_digits_is_not_rounded_in_silence():
    with pytest.raises(RelayError, match="200 digits"):
        money("9" * 300, "CNY")


def test_the_context_refuses_to_lose_a_digit():
    with pytest.raises(decimal.Inexact):
        CONTEXT.divide(1, 3)


@given(decimals)
def test_money_moves_an_amount_by_half_a_unit_at_most(amount):
    moved = CONTEXT.abs(CONTEXT.subtract(money(amount, "CNY"), amount))
    assert moved <= Decimal("0.005")
