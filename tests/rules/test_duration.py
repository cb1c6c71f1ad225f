"""Durations are a whole number and a unit, and anything else is refused with what would be right."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.duration import parse_duration_ms


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("5m", 300_000), ("300s", 300_000), ("250ms", 250), ("2h", 7_200_000), ("30d", 2_592_000_000), ("0s", 0)],
)
def test_a_duration_is_read_in_its_unit(text: str, milliseconds: int) -> None:
    assert parse_duration_ms(text) == milliseconds


@pytest.mark.parametrize(
    "text", ["", "5", "m", "5 m", "-5m", "1.5h", "5M", "5min", "1h30m", "５m", "5m\n", "9" * 5000 + "s"]
)
def test_anything_else_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(ValueError, match="such as 30s or 5m"):
        parse_duration_ms(text)


@given(st.text(max_size=20))
def test_no_text_leads_to_another_error(text: str) -> None:
    with suppress(ValueError):
        assert parse_duration_ms(text) >= 0


@given(st.integers(0, 10**9))
def test_units_are_in_proportion(number: int) -> None:
    assert (
        parse_duration_ms(f"{number}d")
        == 24 * parse_duration_ms(f"{number}h")
        == 1440 * parse_duration_ms(f"{number}m")
    )
    assert (
        parse_duration_ms(f"{number}m")
        == 60 * parse_duration_ms(f"{number}s")
        == 60_000 * parse_duration_ms(f"{number}ms")
    )
