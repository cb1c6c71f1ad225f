"""Routing: which routes an event takes, what deliveries that makes, and that no failure loses or refuses it."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.delivery import Draft, State, delivery_id
from relay.event import Event
from relay.language.expression import Language
from relay.route import MOST_KEY_BYTES, NOWHERE, Route, Router, bounded, taken

LANGUAGE = Language()
NAMES = frozenset({"event", "body"})
DECLARED = ("erp", "oa", "archive")


def event(of: str = "paid", source: str = "expenses") -> Event:
    return Event(id="evt_1", source=source, type=of, external_id="x", headers={}, body=b"{}", config="v")


def names(of: Event, body: Any = None) -> dict[str, Any]:
    return {"event": of.names("2026-01-01T00:00:00.000Z"), "body": {} if body is None else body}


def rule(name: str = "r", when: str | None = None, to: Any = ("erp",), **fields: Any) -> Route:
    texts = {key: LANGUAGE.value(fields.pop(key), NAMES) for key in ("once", "order_by") if key in fields}
    return Route(
        name=name,
        sources=frozenset(fields.pop("sources", ["expenses"])),
        when=LANGUAGE.expression(when, NAMES) if when else None,
        to=LANGUAGE.value(to, NAMES) if isinstance(to, str) else to,
        **texts,
        **fields,
    )


def routed(*rules: Route, of: str = "paid", source: str = "expenses", body: Any = None) -> list[Draft]:
    it = event(of, source)
    return Router(rules, DECLARED).route(it, names(it, body))


def test_a_route_makes_one_delivery_for_each_destination_in_the_order_of_the_file() -> None:
    drafts = routed(rule("b", to=("oa", "erp")), rule("a", when="event.type == 'paid'"), rule("c"))
    assert [(draft.route, draft.lane) for draft in drafts] == [("b", "oa"), ("b", "erp"), ("a", "erp"), ("c", "erp")]
    assert drafts[0].id == delivery_id("evt_1", "b", "oa")
    assert taken(drafts) == ("b", "a", "c")


def test_a_route_whose_condition_does_not_hold_is_not_taken() -> None:
    assert routed(rule(when="body.amount > 10"), body={"amount": Decimal("9.99")}) == []


def test_a_star_takes_every_source_but_relays_own() -> None:
    rules = [rule("all", sources=["*"]), rule("own", sources=["relay"])]
    assert [taken(routed(*rules, source=source)) for source in ("expenses", "other", "relay")] == [
        ("all",),
        ("all",),
        ("own",),
    ]


@pytest.mark.parametrize(("found", "key"), [("B1", "B1"), (Decimal("12.30"), "12.30"), (7, "7"), (" B1 ", "B1")])
def test_keys_are_text_as_they_came_and_order_follows_once(found: Any, key: str) -> None:
    [draft] = routed(rule(once="{{ body.key }}"), body={"key": found})
    assert (draft.once, draft.order_key, draft.state) == (key, key, State.PENDING)


def test_order_by_may_differ_from_once_or_stand_alone() -> None:
    [both] = routed(rule(once="{{ body.a }}", order_by="{{ body.b }}"), body={"a": "1", "b": "2"})
    [alone] = routed(rule(order_by="{{ body.b }}"), body={"b": "2"})
    assert (both.once, both.order_key, alone.once, alone.order_key) == ("1", "2", None, "2")


@pytest.mark.parametrize("found", ["", "  ", None, True, [], {"a": 1}])
def test_a_key_that_says_nothing_makes_a_delivery_born_dead(found: Any) -> None:
    [draft] = routed(rule(once="{{ body.key }}", places={"once": "routes.yaml:9:11"}), body={"key": found})
    assert draft.state is State.DEAD
    assert draft.reason
    assert draft.reason.startswith("routing: routes.yaml:9:11: it gave ")


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"when": "body.missing > 1"}, "when"),
        ({"when": "'false'"}, "when"),
        ({"once": "{{ body.missing }}"}, "once"),
        ({"order_by": "{{ 1 / body.zero }}"}, "order_by"),
    ],
)
def test_what_fails_is_born_dead_for_each_destination_and_counts_as_taken(fields: dict[str, str], place: str) -> None:
    drafts = routed(rule(to=("erp", "oa"), **fields), rule("next"), body={"zero": 0})
    assert [(draft.lane, draft.state) for draft in drafts] == [
        ("erp", State.DEAD),
        ("oa", State.DEAD),
        ("erp", State.PENDING),
    ]
    assert drafts[0].reason
    assert drafts[0].reason.startswith(f"routing: r.{place}: ")
    assert taken(drafts) == ("r", "next")


@pytest.mark.parametrize(("found", "lanes"), [("erp", ["erp"]), (["oa", "erp"], ["oa", "erp"]), (["oa", "oa"], ["oa"])])
def test_an_expression_may_choose_among_the_declared_destinations(found: Any, lanes: list[str]) -> None:
    drafts = routed(rule(to="{{ body.to }}"), body={"to": found})
    assert [(draft.lane, draft.state) for draft in drafts] == [(lane, State.PENDING) for lane in lanes]


@pytest.mark.parametrize("found", ["gone", ["erp", "gone"], [], None, 7, [["erp"]], {"erp": 1}])
def test_a_choice_that_is_none_of_them_makes_one_dead_delivery_nowhere(found: Any) -> None:
    [draft] = routed(rule(to="{{ body.to }}"), body={"to": found})
    assert (draft.lane, draft.state) == (NOWHERE, State.DEAD)
    assert "gone" not in (draft.reason or "")


class Watched(Mapping[str, Any]):
    """Names that tell which of them were asked for."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known, self.asked = known, set[str]()

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def test_the_body_is_asked_for_only_where_a_route_that_may_be_taken_reads_it() -> None:
    router = Router([rule(when="event.type == 'paid'"), rule("b", when="event.type == 'x' and body.a > 0")], DECLARED)
    watched = Watched(names(event()))
    assert len(router.route(event(), watched)) == 1
    assert watched.asked == {"event"}


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_keys_are_bounded_and_stay_apart(key: str) -> None:
    assert len(bounded(key).encode()) <= MOST_KEY_BYTES
    assert bounded(key + "x" * 200) != bounded(key + "x" * 199 + "y")
    assert bounded(key) == bounded(key)


TYPES = ["a", "b", "c"]
CONDITIONS = st.sampled_from(
    [
        None,
        "event.type == 'a'",
        "'b' == event.type",
        "event.type in ['a', 'c']",
        "event.type == 'a' and body.n > 1",
        "event.type == 'a' or event.type == 'b'",
        "body.n > 1 or event.type == 'c'",
        "event['type'] == 'b' and event.source == 's'",
        "event.type != 'a'",
        "not event.type == 'a'",
        "body.missing == 1",
        "event.type == 'a' and body.missing == 1",
    ]
)
SOURCES = st.lists(st.sampled_from(["s", "t", "*", "relay"]), min_size=1, max_size=3)


@settings(deadline=None)
@given(
    st.lists(st.tuples(CONDITIONS, SOURCES), max_size=12),
    st.sampled_from(TYPES),
    st.sampled_from(["s", "t", "relay"]),
    st.integers(0, 3),
)
def test_the_index_finds_what_trying_every_route_finds(
    given_rules: list[tuple[str | None, list[str]]], of: str, source: str, n: int
) -> None:
    rules = [rule(f"r{number}", when, sources=sources) for number, (when, sources) in enumerate(given_rules)]
    alone = [
        routed(each, of=of, source=source, body={"n": n}) for each in map(_without_index, rules) if _may(each, source)
    ]
    indexed = routed(*rules, of=of, source=source, body={"n": n})
    assert [(draft.id, draft.state) for draft in indexed] == [
        (draft.id, draft.state) for each in alone for draft in each
    ]


def _may(route: Route, source: str) -> bool:
    return source in route.sources or ("*" in route.sources and source != "relay")


def _without_index(route: Route) -> Route:
    """The same condition in a shape from which no type can be told."""
    when = LANGUAGE.expression(f"not not ({route.when.source})", NAMES) if route.when else None
    return Route(name=route.name, sources=route.sources, to=route.to, when=when)
