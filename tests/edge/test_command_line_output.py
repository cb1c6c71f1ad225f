"""What commands make of answers: columns by display width, spans, and steps that are interrupted and gone on with."""

import argparse
import json
import subprocess
import sys
from typing import Any

import pytest

from relay.cli.figures import size, span
from relay.cli.printing import cut, print_table, width
from relay.cli.replaying import in_steps


def test_columns_are_aligned_by_what_they_take_on_a_screen(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("WHO", "COUNT", "WHY"), [("用友 U8", "7", "期间已结账"), ("erp", "120", "closed")])
    assert capsys.readouterr().out.splitlines() == [
        "WHO      COUNT  WHY",
        "用友 U8      7  期间已结账",
        "erp        120  closed",
    ]


def test_what_others_wrote_cannot_colour_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("WHY",), [("\033[31mred\r\n",)])
    assert capsys.readouterr().out == "WHY\n?[31mred??\n"


@pytest.mark.parametrize(("text", "places"), [("差旅", 4), ("é", 1), ("e\u0301", 1), ("Ａ", 2), ("", 0)])
def test_a_letter_takes_the_places_that_it_is_wide(text: str, places: int) -> None:
    assert width(text) == places


def test_what_is_too_wide_is_cut_within_its_room() -> None:
    assert [cut(text, 5) for text in ("差旅", "差旅费", "abcdef", "abcde")] == ["差旅", "差…", "abcd…", "abcde"]


@pytest.mark.parametrize(
    ("seconds", "told"), [(None, ""), (0, "0s"), (59, "59s"), (61, "1min 1s"), (7200, "2h"), (90_061, "1d 1h")]
)
def test_a_span_is_told_in_two_units(seconds: int | None, told: str) -> None:
    assert span(seconds) == told


@pytest.mark.parametrize(("count", "told"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KB"), (3 << 30, "3.0 GB")])
def test_a_size_is_told_in_its_largest_unit(count: int, told: str) -> None:
    assert size(count) == told


class Interrupted:
    """A relay with three steps of work; the person ends the command in the second one."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.ended = False

    def get(self, path: str, **query: str | None) -> Any:
        raise AssertionError(path, query)

    def post(self, _path: str, body: dict[str, Any]) -> Any:
        self.asked.append(body)
        at = int(body.get("cursor", 0)) + 1
        if at == 2 and not self.ended:
            self.ended = True
            raise KeyboardInterrupt
        return {"replayed": 100, "refused": [], "next": str(at) if at < 3 else None}


def test_a_bulk_replay_that_is_interrupted_says_where_it_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    relay = Interrupted()
    given = {"state": "dead", "note": "mended", "route": "paid", "destination": None, "since": None, "until": None}
    args = argparse.Namespace(**given, source=None, json=True, cursor=None)
    assert in_steps(relay, args, 300) == 1
    first = json.loads(capsys.readouterr().out)
    assert (first["replayed"], first["next"]) == (100, "1")
    args.cursor = first["next"]
    assert in_steps(relay, args, 0) == 0
    assert json.loads(capsys.readouterr().out) == {"replayed": 200, "refused": [], "next": None}
    asked = {"state": "dead", "note": "mended", "route": "paid"}
    assert relay.asked == [asked, *({**asked, "cursor": at} for at in ("1", "1", "2"))]


def test_what_asks_a_relay_loads_nothing_of_a_relays_own() -> None:
    """So each of these commands starts in an instant: those who work with it all day wait for it each time."""
    asks = (
        "events",
        "show",
        "tail",
        "dead",
        "held",
        "replay",
        "release",
        "pause",
        "resume",
        "status",
        "refused",
        "readmit",
    )
    code = f"import sys; from relay.cli import parser; [parser(name) for name in {asks}]; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"relay.config", "relay.wiring", "starlette", "aiohttp", "redis"}.isdisjoint(loaded)
    assert "relay.cli.commands.status" in loaded
