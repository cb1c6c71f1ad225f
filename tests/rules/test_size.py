"""Sizes are a whole number and a unit, or bytes, and anything else is refused with what would be right."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.size import parse_size


@pytest.mark.parametrize(
    ("text", "size"), [("1MiB", 1_048_576), ("64KiB", 65_536), ("2GiB", 2_147_483_648), ("512B", 512), ("1000", 1_000)]
)
def test_a_size_is_read_in_its_unit(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "MiB", "1 MiB", "-1B", "1.5MiB", "1MB", "1mib", "１MiB", "1MiB\n", "9" * 5000])
def test_anything_else_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(ValueError, match="such as 1MiB"):
        parse_size(text)


@given(st.text(max_size=20))
def test_no_text_leads_to_another_error(text: str) -> None:
    with suppress(ValueError):
        assert parse_size(text) >= 0
