"""What an alert's body holds, and that a star takes none of what follows from one."""

import re
from pathlib import Path

import pytest
from test_route import event, names, rule

from relay.alert import Alert, Kind, body
from relay.delivery import State
from relay.refusals import Refusals
from relay.route import After, Router

PAGE = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `([\w.]+)` \| .* \| (.+) \|$", PAGE, re.MULTILINE))
ROWS["delivery.held"] = ROWS["delivery.dead"]


def alert(kind: Kind, subject: str = "erp") -> Alert:
    given = {"count": 3, "since_ms": 1_000, "last_ms": 61_500}
    return Alert(id="x", kind=kind, subject=subject, examples=["dlv_1"], reasons={"rejected: no": 3}, **given)


@pytest.mark.parametrize("kind", Kind)
def test_a_body_has_what_its_page_promises_and_a_line_for_a_person(kind: Kind) -> None:
    told = body(alert(kind))
    assert {"type", "at", "text", *re.findall(r"`(\w+)`", ROWS[kind])} == set(told)
    assert told["type"] == kind
    assert told["at"] == "1970-01-01T00:01:01.500Z"
    assert "{" not in told["text"]


def test_its_values() -> None:
    dead = body(alert(Kind.DEAD))
    assert dead["reasons"] == [{"reason": "rejected: no", "count": 3}]
    assert dead["text"] == "3 dead for erp: rejected: no"
    assert body(alert(Kind.UP))["lasted_s"] == 60
    assert body(alert(Kind.STOPPED, "*"))["resumes"] == "relay resume DESTINATION, for each"


def test_a_star_follows_no_alert() -> None:
    after = After(routes=frozenset({"own"}), state=State.DELIVERED)
    router = Router([rule("own", sources=["relay"]), rule("star", sources=["*"], after=after)], ("erp",))
    found = [router.follow(source, "dlv_1", "own", State.DELIVERED, names(event())) for source in ("relay", "other")]
    assert [len(drafts) for drafts in found] == [0, 1]


@pytest.mark.parametrize(("source", "takes"), [("relay", True), ("*", False), ("expenses", False)])
def test_whether_a_route_takes_alerts_is_known_at_load(source: str, takes: bool) -> None:
    assert Router([rule(sources=[source])], ("erp",)).takes_alerts is takes


def test_refusals_are_counted_by_source_and_code_until_they_are_taken() -> None:
    refusals = Refusals(lambda: True)
    for code in ("unauthorised", "too_large", "unauthorised"):
        refusals.count("s", code)
    taken = refusals.take()
    assert {(notice.reason, notice.many) for notice in taken} == {("unauthorised", 2), ("too_large", 1)}
    assert refusals.take() == []
    refusals.put_back(taken)
    assert len(refusals.take()) == 2


def test_refusals_are_not_counted_where_nobody_listens() -> None:
    refusals = Refusals(lambda: False)
    refusals.count("s", "unauthorised")
    assert refusals.take() == []
