"""Amounts in minor units, books that balance, text in the lengths of an ERP's fields, dates in other zones."""

from decimal import Decimal

import pytest
from hypothesis import assume
from hypothesis import given as tried
from hypothesis import strategies as st

from relay.currency import MINOR_UNITS
from relay.errors import ExpressionError, RelayError
from relay.language.expression import Language
from relay.money import ROUNDINGS, from_minor, minor, money

LANGUAGE = Language("Asia/Shanghai")
NAMES = frozenset({"body"})
units = st.integers(-(10**60), 10**60)
currencies = st.sampled_from(sorted(MINOR_UNITS))
cents = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**20), max_value=10**20)
charsets = st.sampled_from(["gbk", "gb18030", "utf-8", "big5", "utf-16-le"])
characters = st.text("AZ09 中文字段摘要，。€😀é", max_size=40)


def value(text, body=None):
    return LANGUAGE.value("{{ " + text + " }}", NAMES).evaluate({"body": body})


@tried(units, currencies)
def test_minor_units_and_back_are_the_same_number(number, currency):
    assert minor(from_minor(number, currency), currency) == number


@tried(cents, currencies)
def test_minor_units_lose_no_digit_in_silence(amount, currency):
    try:
        found = minor(amount, currency)
    except RelayError:
        assert money(amount, currency) != amount
    else:
        assert type(found) is int
        assert from_minor(found, currency) == amount


@tried(cents, currencies, st.sampled_from(sorted(ROUNDINGS)))
def test_minor_units_round_as_money_does(amount, currency, rounding):
    try:
        rounded = money(amount, currency, rounding)
    except RelayError:
        assert rounding == "exact"
    else:
        assert from_minor(minor(amount, currency, rounding), currency) == rounded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.30 | minor('CNY')", 1230),
        ("'1500' | minor('JPY')", 1500),
        ("1.234 | minor('KWD')", 1234),
        ("12.345 | minor('CNY', 'half_up')", 1235),
        ("1230 | from_minor('CNY')", Decimal("12.30")),
        ("1500 | from_minor('JPY')", Decimal("1500")),
        ("12.3 | money('CNY', 'exact')", Decimal("12.30")),
        ("100 | divide(4, 'CNY', 'exact')", Decimal("25.00")),
    ],
)
def test_amounts_have_the_minor_units_of_their_currency(text, expected):
    assert str(value(text)) == str(expected)
    assert type(value(text)) is type(expected)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("12.345 | minor('CNY')", "digits would be lost: more than 2 decimals"),
        ("0.5 | minor('JPY')", "digits would be lost"),
        ("12.345 | money('CNY', 'exact')", "digits would be lost"),
        ("100 | divide(3, 'CNY', 'exact')", "digits would be lost"),
        ("12.5 | from_minor('CNY')", "minor units are whole numbers"),
        ("true | minor('CNY')", "a number is needed"),
        ("1 | minor('RMB')", "that is no currency"),
        ("body.amount | minor('CNY')", "'body.amount' is missing"),
    ],
)
def test_what_would_lose_digits_is_refused(text, reason):
    with pytest.raises(ExpressionError, match=reason):
        value(text, {})


@tried(st.lists(cents, min_size=1, max_size=20))
def test_lines_with_their_own_sum_on_the_other_side_balance(amounts):
    lines = [{"debit": amount} for amount in amounts] + [{"credit": sum(amounts, Decimal(0))}]
    assert value("body is balanced", lines) is True
    assert value("body | balanced", lines) == lines


@tried(st.lists(cents, min_size=1, max_size=20), cents)
def test_lines_that_are_off_by_a_cent_or_more_do_not_balance(amounts, off):
    assume(off != 0)
    lines = [{"dr": str(amount), "cr": None} for amount in amounts] + [{"cr": sum(amounts, Decimal(0)) + off}]
    assert value("body is balanced('dr', 'cr')", lines) is False
    with pytest.raises(ExpressionError, match="the lines don't balance: dr "):
        value("body | balanced('dr', 'cr')", lines)


@tried(st.lists(cents, min_size=1, max_size=20))
def test_one_signed_column_balances_where_it_comes_to_nothing(amounts):
    lines = [{"amount": amount} for amount in [*amounts, -sum(amounts, Decimal(0))]]
    assert value("body is balanced('amount', none)", lines) is True


@pytest.mark.parametrize(
    ("text", "lines", "reason"),
    [
        ("body | balanced", [], "there are no lines"),
        ("body is balanced", [], "there are no lines"),
        ("body | balanced", [{"Debit": 1, "Credit": 1}], "no line has 'debit'"),
        ("body | balanced", [{"debit": 1}], "no line has 'credit'"),
        ("body | balanced", [{"debit": "1,000"}, {"credit": 1}], "a number is needed"),
        ("body | balanced", {"debit": 1}, "takes a list of lines, not an object"),
        ("body.lines is balanced", {}, "'body.lines' is missing"),
        ("body | balanced('amount', none)", [{"amount": 5}], "amount comes to 5, and not to 0"),
    ],
)
def test_nothing_balances_by_a_slip_of_the_pen(text, lines, reason):
    with pytest.raises(ExpressionError, match=reason):
        value(text, lines)


@tried(characters, st.integers(0, 50), charsets)
def test_text_is_cut_to_bytes_and_no_character_is_split(text, length, charset):
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        assume(False)
    found = value(f"body | cut({length}, '{charset}')", text)
    assert text.startswith(found)
    assert len(found.encode(charset)) <= length
    assert found == text or len(text[: len(found) + 1].encode(charset)) > length


@tried(characters, st.integers(0, 50))
def test_text_is_cut_to_characters(text, length):
    assert value(f"body | cut({length})", text) == text[:length]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("'a' | cut(-1)", "cut takes a length"),
        ("'a' | cut('1')", "cut takes a length"),
        ("'a' | cut(1, 'gbq')", "there is no charset 'gbq'"),
        ("'😀' | cut(9, 'gbk')", "characters that gbk doesn't have"),
        ("[1] | cut(1)", "a list can't stand in text"),
    ],
)
def test_a_cut_that_cannot_be_made_is_refused(text, reason):
    with pytest.raises(ExpressionError, match=reason):
        value(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'2026-03-31T16:30:00Z' | date('%Y-%m-%d %H:%M', 'UTC')", "2026-03-31 16:30"),
        ("'2026-03-31T16:30:00Z' | date(zone='America/New_York')", "2026-03-31"),
        ("'2026-04-01 00:30' | date('%Y-%m-%d', zone='UTC')", "2026-03-31"),
        ("'2026-04-01' | date(zone='UTC')", "2026-04-01"),
        ("'20260401' | date(zone='UTC')", "2026-04-01"),
        ("1774974600000 | date('%d %H', 'UTC')", "31 16"),
        ("'1774974600000' | date('%d %H')", "01 00"),
        ("'1774974600' | date('%d %H', 'UTC')", "31 16"),
        ("'20260331163000' | date('%d %H:%M')", "31 16:30"),
    ],
)
def test_a_date_is_printed_in_the_zone_that_is_named(text, expected):
    assert value(text) == expected


def test_a_zone_that_is_not_known_is_refused():
    with pytest.raises(ExpressionError, match="there is no time zone"):
        value("'2026-04-01T00:00:00Z' | date(zone='Asia/Peking')")
