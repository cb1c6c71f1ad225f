"""What is written as YAML is read back as it was, by the reader of routes.yaml."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.config.document import read
from relay.config.places import Faults
from relay.yaml_out import write_yaml

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
ODD = st.sampled_from(
    ["0010", "1:30", "no", "On", "~", "null", "2026-03-31", "1e5", "0x1F", ".5", "=", "<<", "- a", "#"]
)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=4) | st.integers(-(10**15), 10**15)
LEAVES = TEXTS | ODD | NUMBERS | st.booleans() | st.none()
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(TEXTS | ODD, inner), max_leaves=12)


def back(tree: Any) -> Any:
    return read(write_yaml({"it": tree}).encode(), Faults("routes.yaml")).tree["it"]


@settings(max_examples=60, deadline=None)
@given(TREES)
def test_it_is_read_back_as_it_was(tree: Any) -> None:
    assert back(tree) == tree


@pytest.mark.parametrize("amount", ["12.30", "0.10", "-7", "100000000000000000000.01", "1E+3", "0.00000001"])
def test_an_amount_keeps_its_digits(amount: str) -> None:
    assert format(Decimal(back(Decimal(amount))), "f") == format(Decimal(amount), "f")


@pytest.mark.parametrize("text", ["a\nb\n", "<a>\n  1\n</a>", "a\r\nb", "tab\there", "\n", " x\n y"])
def test_a_text_of_several_lines_stays_one(text: str) -> None:
    assert back(text) == text


def test_expressions_and_what_looks_like_a_number_are_quoted() -> None:
    assert write_yaml({"a": "{{ body.x }}", "b": "0010", "c": "plain"}) == 'a: "{{ body.x }}"\nb: "0010"\nc: plain\n'
