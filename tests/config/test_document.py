"""YAML is read as text with places; nothing is guessed and nothing is constructed."""

import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.config.document import MOST_COPIES, Document, read
from relay.config.places import Faults, Place
from relay.errors import ConfigError, Fault


def loaded(text: str) -> Document:
    faults = Faults("routes.yaml")
    document = read(text.encode(), faults)
    faults.raise_any()
    return document


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "on",
        "yes",
        "Off",
        "1:30",
        "0010",
        "0x1f",
        "1_000",
        "2026-01-02",
        "1e5",
        "+5",
        ".5",
        "5.",
        ".inf",
        "NaN",
        "True",
    ],
)
def test_what_yaml_would_guess_stays_text(text: str) -> None:
    assert loaded(f"a: {text}").tree == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12.30", Decimal("12.30")),
        ("-0.5", Decimal("-0.5")),
        ("42", 42),
        ("-7", -7),
        ("0", 0),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ('"42"', "42"),
        ("'true'", "true"),
        ("'null'", "null"),
    ],
)
def test_numbers_true_false_and_null_are_typed_and_quotes_make_text(text: str, value: object) -> None:
    found = loaded(f"a: {text}").tree["a"]
    assert (found, type(found), str(found)) == (value, type(value), str(value))


def test_every_key_and_value_knows_its_place() -> None:
    document = loaded("a:\n  - é: [1, x]\n    b: |\n      text\n")
    assert document.at_key(("a", 0, "é")) == Place(2, 5)
    assert document.at(("a", 0, "é", 1)) == Place(2, 12)
    assert document.at(("a", 0, "b")) == Place(3, 8)
    assert document.at(("a", 0, "b", "missing", 3)) == Place(3, 8)


def test_merge_keys_bring_what_is_not_there_and_the_first_of_several_wins() -> None:
    text = "x: &x {a: 1, b: 1}\ny: &y {<<: *x, b: 2, c: 2}\nz: {c: 3, <<: [*y, *x]}\n"
    assert loaded(text).tree["z"] == {"c": 3, "b": 2, "a": 1}


def test_a_key_that_says_merge_in_quotes_is_a_key() -> None:
    assert loaded("a: {'<<': 1}").tree == {"a": {"<<": 1}}


def test_an_alias_is_a_copy_with_a_path_of_its_own() -> None:
    document = loaded("a: &a {b: 1}\nc: *a\n")
    document.tree["c"]["b"] = 2
    assert document.tree["a"] == {"b": 1}
    assert document.at(("c", "b")) == Place(1, 11)


def test_many_plain_nodes_are_no_bomb() -> None:
    assert len(loaded("a:\n" + "- 1\n" * (MOST_COPIES + 1)).tree["a"]) == MOST_COPIES + 1


def test_duplicate_keys_are_told_all_at_once() -> None:
    with pytest.raises(ConfigError) as refused:
        loaded("a: 1\na: 2\nb: {c: 1, c: 2}\n")
    assert [(fault.line, fault.column) for fault in refused.value.faults] == [(2, 1), (3, 11)]


def test_a_large_file_is_refused_unread() -> None:
    with pytest.raises(Fault, match="larger than 1 MiB"):
        loaded("#" * (1 << 20) + "\n")


@given(st.binary(max_size=200) | st.text(alphabet="ab:-?[]{}&*!|>'\"%@`#, \n\t<.0~", max_size=60).map(str.encode))
def test_any_bytes_are_a_document_or_a_fault(data: bytes) -> None:
    with suppress(Fault):
        read(data, Faults("routes.yaml"))


TEXT = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=10)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_json_is_read_as_json(tree: Any) -> None:
    assert loaded(json.dumps(tree)).tree == tree
