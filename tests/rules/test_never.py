"""Conditions that can't hold, whatever the data is, and those of which that isn't certain."""

import pytest

from relay.language.expression import Language
from relay.language.never import never

NAMES = frozenset({"event.type", "event.source", "body"})
IMPOSSIBLE = [
    ("event.type == 'a' and event.type == 'b'", "event.type"),
    ("event.type == 'a' and 'b' == event.type", "event.type"),
    ("event.type == 'a' and event.type != 'a'", "event.type"),
    ("event.type in ['a', 'b'] and event.type == 'c'", "event.type"),
    ("event.type in ['a'] and event.type not in ['a', 'b']", "event.type"),
    ("event.type in []", "event.type"),
    ("body.n > 5 and body.n < 3", "body.n"),
    ("body.n > 5 and body.n <= 5", "body.n"),
    ("body.n >= 5 and not body.n > -1", "body.n"),
    ("5 < body.n < 3", "body.n"),
    ("body.n == 5 and body.n > 5.5", "body.n"),
    ("(event.type == 'a' or event.type == 'b') and event.type == 'c'", "event.type"),
    ("not (event.type == 'a' or event.type != 'a')", "event.type"),
    ("body.x.y == '1' and body.x.y == 1", "body.x.y"),
    ("event.source == 'other' and body.n > 1", "event.source"),
    ("1 == 2", ""),
    ("false and body.n > 1", ""),
    ("not true or 'a' == 'b'", ""),
]
POSSIBLE = [
    "event.type == 'a' or event.type == 'b'",
    "event.type == 'a' and body.type == 'b'",
    "event.type == 'a' and event.type in ['a', 'b']",
    "event.source == 'expenses'",
    "body.n > 5 and body.n > 3",
    "body.n >= 5 and body.n <= 5",
    "0 < body.n < 3",
    "body.n > 5 or body.n < 3",
    "not (event.type == 'a' and event.type == 'b')",
    "event.type in 'abc' and event.type == 'b'",
    "body.a == body.b and body.a == 'x'",
    "body.list | length == 0 and body.list == []",
    "body['n'] == 1 and body.n == 2",
    "body.x is defined and body.x is not defined",
    "true",
    " and ".join(f"(body.a{n} == 1 or body.a{n} == 2)" for n in range(12)),
]


@pytest.mark.parametrize(("when", "name"), IMPOSSIBLE, ids=[when for when, _ in IMPOSSIBLE])
def test_what_contradicts_itself_never_holds(when: str, name: str) -> None:
    node = Language().expression(when, NAMES).node
    assert never(node, {"event.source": frozenset({"expenses"})}) == name


@pytest.mark.parametrize("when", POSSIBLE)
def test_what_may_hold_is_left_alone(when: str) -> None:
    node = Language().expression(when, NAMES).node
    assert never(node, {"event.source": frozenset({"expenses"})}) is None
