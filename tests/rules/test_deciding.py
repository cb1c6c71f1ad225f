"""Which parts of a condition decided is told with their values, and agrees with what the condition gives."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.errors import ExpressionError
from relay.language.deciding import decided, words
from relay.language.expression import Language

NAMES = frozenset({"event", "body"})
DATA = {
    "event": {"type": "paid"},
    "body": {"amount": -3, "no": "B1", "lines": [1, 2], "ok": True, "none": None, "long": "x" * 99},
}


def said(text: str, language: Language | None = None, **data: Any) -> str:
    expression = (language or Language()).expression(text, NAMES)
    return words(decided(expression, {**DATA, **data}))


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("body.amount > 0", "`body.amount > 0` doesn't hold: body.amount is -3"),
        ("event.type == 'paid' and body.amount > 0", "`body.amount > 0` doesn't hold: body.amount is -3"),
        ("event.type == 'void' and body.gone > 0", "`event.type == 'void'` doesn't hold: event.type is 'paid'"),
        (
            "event.type == 'paid' and body.amount < 0",
            "event.type is 'paid'; body.amount is -3",
        ),
        (
            "body.amount > 0 or body.no == 'B2'",
            "`body.amount > 0` doesn't hold: body.amount is -3; `body.no == 'B2'` doesn't hold: body.no is 'B1'",
        ),
        ("body.gone or body.ok", "'body.gone' is missing in `body.gone`: body.gone is missing"),
        ("body.ok or body.gone", "body.ok is true"),
        ("not body.ok", "`not body.ok` doesn't hold: body.ok is true"),
        ("not (body.no == 'B2' or body.ok)", "`not (body.no == 'B2' or body.ok)` doesn't hold: body.ok is true"),
        ("(body.ok and  (body.no\n  == 'B2'))", "`body.no == 'B2'` doesn't hold: body.no is 'B1'"),
        ("body.gone is defined", "`body.gone is defined` doesn't hold: body.gone is missing"),
        ("body.none is not none", "`body.none is not none` doesn't hold: body.none is null"),
        ("body.lines | length > 2", "`body.lines | length > 2` doesn't hold: body.lines | length is 2"),
        ("body.no in ['B1', 'B2']", "body.no is 'B1'"),
        ("3 in body.lines", "`3 in body.lines` doesn't hold: body.lines is [1,2]"),
        ("-4 < body.amount < -3", "`-4 < body.amount < -3` doesn't hold: body.amount is -3"),
        ("(body.amount + 3) * 2 > 0", "`(body.amount + 3) * 2 > 0` doesn't hold: (body.amount + 3) * 2 is 0"),
        ("body['no'][0] == 'C'", "`body['no'][0] == 'C'` doesn't hold: body['no'][0] is 'B'"),
        ("body.no ~ '-1' == 'B1'", "`body.no ~ '-1' == 'B1'` doesn't hold: body.no ~ '-1' is 'B1-1'"),
        ("- body.amount is odd", "- body.amount is 3"),
        ("(- body.lines[1]) is odd", "`(- body.lines[1]) is odd` doesn't hold: - body.lines[1] is -2"),
        ("body.lines", "body.lines is [1,2]"),
        ("body.none", "`body.none` is null"),
        ("true or body.ok", "`true` holds"),
        ("false", "`false` doesn't hold"),
        ("body.long == ''", "`body.long == ''` doesn't hold: body.long is '" + "x" * 58 + "…"),
        ("'凭证' == body.no", "`'凭证' == body.no` doesn't hold: body.no is 'B1'"),
    ],
)
def test_the_part_that_decided_is_told_as_it_was_written(when: str, why: str) -> None:
    assert said(when) == why


def test_what_cant_be_told_says_why_and_on_what() -> None:
    found = said("body.no > 3")
    assert found.endswith("in `body.no > 3`: body.no is 'B1'")
    assert "missing" not in found


def test_names_that_have_their_value_already_are_seen() -> None:
    language = Language().knowing("vars", {"limit": 5})
    assert said("body.amount > vars.limit", language) == (
        "`body.amount > vars.limit` doesn't hold: body.amount is -3, vars.limit is 5"
    )


ONE = st.sampled_from(
    ["body.ok", "body.amount > 0", "body.no == 'B1'", "body.gone", "body.gone is defined", "body.no > 1", "true"]
)
CONDITIONS = st.recursive(
    ONE,
    lambda inner: st.one_of(
        inner.map("not ({})".format),
        inner.map("not {}".format),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda three: f"({' '.join(three)})"),
    ),
    max_leaves=8,
)


@settings(max_examples=30)
@given(CONDITIONS)
def test_the_parts_agree_with_the_whole(text: str) -> None:
    expression = Language().expression(text, NAMES)
    try:
        whole: bool | None = bool(expression.evaluate(DATA))
    except ExpressionError:
        whole = None
    parts = decided(expression, DATA)
    assert {part.holds for part in parts} == {whole}
    assert all(part.text in text for part in parts)
