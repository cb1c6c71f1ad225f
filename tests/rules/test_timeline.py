"""What `relay show` prints of a delivery that waits for a person's eyes."""

import pytest

from relay.cli.figures import zoned
from relay.cli.timeline import show

REQUEST = {
    "method": "POST",
    "url": "https://erp.example.com/v",
    "headers": {"Content-Type": "text/xml"},
    "body": "<r>\n<b>差旅</b>\n</r>",
}
CAME = "2026-03-31T00:00:00.000Z"
HELD = {"n": 0, "at": CAME, "outcome": "held", "status": None, "reason": "hold: more than 50000"}
ANSWERED = {"status": 200, "headers": {}, "body": "{}"}


def printed(capsys: pytest.CaptureFixture[str], attempt: dict, state: str = "held") -> list[str]:
    delivery = {
        "id": "dlv_1",
        "route": "r",
        "destination": "erp",
        "state": state,
        "document": None,
        "next_attempt_at": None,
        "order_key": None,
        "reason": "hold: more than 50000",
        "attempts": [{"step": None, "duration_ms": 0, "request": REQUEST, "response": None, **attempt}],
        "decisions": [],
    }
    event = {"id": "evt_1", "source": "s", "type": "t", "state": state, "received_at": CAME, "external_id": ""}
    show({**event, "config": "", "deliveries": [delivery], "callbacks": []})
    return capsys.readouterr().out.splitlines()


def test_what_is_held_shows_the_request_that_a_release_sends(capsys):
    lines = printed(capsys, HELD)
    assert f"    {zoned(CAME)}  not sent: hold: more than 50000" in lines
    assert lines[-6:] == [
        "    would be sent, credentials left out:",
        "      POST https://erp.example.com/v",
        "      Content-Type: text/xml",
        "      <r>",
        "      <b>差旅</b>",
        "      </r>",
    ]


@pytest.mark.parametrize(
    ("attempt", "state"),
    [(HELD, "dead"), ({**HELD, "n": 1, "response": ANSWERED}, "held"), ({**HELD, "outcome": "unknown"}, "held")],
)
def test_no_other_delivery_does(capsys, attempt, state):
    assert not any("would be sent" in line for line in printed(capsys, attempt, state))


@pytest.mark.parametrize(
    ("others", "said"),
    [
        (["evt_2"], "  part 2 of 2 of one POST, with evt_2"),
        ([f"evt_{n}" for n in range(2, 8)], "  part 2 of 7 of one POST, with evt_2 evt_3 evt_4 and 3 more"),
        ([], "  part 2 of 1 of one POST"),
    ],
)
def test_one_of_several_events_of_a_post_says_its_place_and_some_of_the_others(capsys, others, said):
    event = {"id": "evt_1", "source": "s", "type": "t", "state": "unrouted", "received_at": CAME, "external_id": ""}
    parts = {"post": "post_1", "part": 2, "of": len(others) + 1, "siblings": others}
    show({**event, "config": "", "deliveries": [], "callbacks": [], **parts})
    assert said in capsys.readouterr().out.splitlines()


def test_it_says_its_place_where_the_others_arent_known_any_more(capsys):
    event = {"id": "evt_1", "source": "s", "type": "t", "state": "unrouted", "received_at": CAME, "external_id": ""}
    show({**event, "config": "", "deliveries": [], "callbacks": [], "post": "post_1", "part": 2})
    assert "  part 2 of several of one POST" in capsys.readouterr().out.splitlines()
