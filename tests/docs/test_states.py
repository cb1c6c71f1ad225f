"""docs/states.md says what relay/delivery.py says: the picture, both tables, and the codes of reasons."""

import re

from documents import ROOT, blocks, prose

from relay.delivery import BORN, ENDED, TRANSITIONS, EventState, State

STATES = ROOT / "docs" / "states.md"
TABLE = {(str(old), str(step), str(new)) for (old, step), new in TRANSITIONS.items()}


def test_the_picture_shows_the_transitions_and_no_others() -> None:
    (picture,) = blocks(STATES, "mermaid")
    found = re.findall(r"^ *(\S+) --> (\S+): (\w+)$", picture.text, re.MULTILINE)
    assert len(found) == len(set(found))
    assert {(old, step, new) for old, new, step in found if old != "[*]"} == TABLE


def test_the_picture_shows_how_one_is_born() -> None:
    (picture,) = blocks(STATES, "mermaid")
    assert set(re.findall(r"\[\*\] --> (\w+)", picture.text)) == {str(state) for state in BORN}


def test_the_table_has_the_transitions_and_no_others() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| `(\w+)` \|", prose(STATES), re.MULTILINE)
    assert len(rows) == len(TABLE)
    assert {(old, step, new) for step, old, new in rows} == TABLE


def test_every_state_is_explained() -> None:
    explained = prose(STATES).partition("## The states\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", explained, re.MULTILINE) == [str(state) for state in State]


def test_what_has_ended_is_said() -> None:
    ended = re.search(r"Ended are `(\w+)` and `(\w+)`", prose(STATES))
    assert ended
    assert set(ended.groups()) == {str(state) for state in ENDED}


def test_the_states_of_an_event_are_all_there() -> None:
    of_events = prose(STATES).partition("## The state of an event")[2]
    assert set(re.findall(r"`(\w+)`", of_events)) == {str(state) for state in EventState}


def test_every_code_of_a_reason_is_explained_and_given_by_the_code() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (dead|held) \|", prose(STATES), re.MULTILINE))
    code = "".join(
        path.read_text(encoding="utf-8")
        for kind in ("*.py", "*.lua")
        for path in (ROOT / "relay").rglob(kind)
        if "demo" not in path.parts
    )
    assert set(rows) == {*("rejected", "exhausted", "mapping", "routing", "cancelled")} | {
        *("unknown", "differs", "again", "expired", "hold", "config", "unreadable")
    }
    for name in rows:
        assert re.search(rf"""["']{name}[:"']""", code), name
