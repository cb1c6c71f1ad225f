"""Every preset knows its system's answers: each capture comes to what stands beside it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from relay import destinations
from relay.config.load import load
from relay.destination import Destination, Judge
from relay.emulators import emulator
from relay.outcome import Outcome

from .capture import Capture, captured, captures
from .case import case, routes

NAMES: Mapping[str, Any] = {
    "event": {"id": "evt_1", "source": "expenses", "type": "", "external_id": "B1", "received_at": "", "headers": {}},
    "delivery": {"id": "dlv_1", "key": "key_1", "attempt": 1, "once": "B1"},
    "steps": {"post": {"document": "1", "data": {}}},
    "accepted": {"document": "1", "data": {}},
}
WITHOUT = frozenset({"http"})

EVERY = [(name, number) for name in captured() for number in range(len(captures(name).answers))]


@cache
def destination(name: str) -> Destination:
    """As a file has it that names the preset and gives what it needs."""
    system = emulator(case(name).plays or name)
    text = routes({name: case(name)}, {name: "http://127.0.0.1:1"}, {name: system.shown()})
    with TemporaryDirectory() as folder:
        path = Path(folder) / "routes.yaml"
        path.write_text(text, encoding="utf-8")
        env = {"SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
        return load(path, env).destinations[name]


def judge_of(found: Destination, of: str) -> Judge:
    """Of the request that posts, of a step, or of a poll."""
    kind, _, step = of.partition(".")
    if kind == "post":
        return found.judge
    if kind == "confirm":
        return found.confirm.judge
    return next(each for each in found.then if each.name == step).judge


def test_every_preset_has_captures() -> None:
    assert set(captured()) == set(destinations.names()) - WITHOUT


@pytest.mark.parametrize(("name", "number"), EVERY)
def test_an_answer_comes_to_what_it_says(name: str, number: int) -> None:
    capture, found = captures(name).answers[number], destination(name)
    if capture.of == "lookup":
        finding = found.lookup.finder.find(capture.answer(), NAMES)
        assert (str(finding.asked), finding.document) == (capture.asked, capture.document)
        assert capture.outcome is None or (finding.fault and str(finding.fault.outcome)) == capture.outcome
        return
    verdict = judge_of(found, capture.of).judge(capture.answer(), NAMES)
    assert (str(verdict.outcome), verdict.document) == (capture.outcome, capture.document), verdict
    assert _told(capture) == {key: getattr(verdict, key) for key in _told(capture)}


def _told(capture: Capture) -> dict[str, Any]:
    """What the capture says beyond outcome and document."""
    said = {"reason": capture.reason, "data": capture.data}
    return {key: value for key, value in said.items() if value is not None}


@pytest.mark.parametrize("name", captured())
def test_a_presets_captures_show_that_it_books_refuses_and_doubts(name: str) -> None:
    preset = destinations.preset(name)
    outcomes = {capture.outcome for capture in captures(name).answers if capture.of == "post"}
    wanted = {"delivered", "rejected", "unknown"} if preset.posts else {"delivered", "unknown"}
    assert wanted <= outcomes | ({"delivered"} if "accepted" in outcomes else set())
    assert outcomes & {"retry", "throttled"}
    if preset.settings.get("auth", {"type": "none"})["type"] != "none":
        assert "unauthorised" in outcomes
    if preset.settings.get("lookup"):
        asked = {capture.asked for capture in captures(name).answers if capture.of == "lookup"}
        assert {"found", "missing", "untold"} <= asked


@pytest.mark.parametrize("name", captured())
@pytest.mark.parametrize(
    "body", [b"", b"<!DOCTYPE html><html><body>Sign in</body></html>", b"\xff\xfe\x00", b"{}", b"[]"]
)
def test_what_isnt_understood_is_never_booked_and_never_refused(name: str, body: bytes) -> None:
    """A gateway's page under 200, an empty answer, junk."""
    answer = Capture(of="post", status=200).answer()
    verdict = destination(name).judge.judge(type(answer)(status=200, headers={}, body=body), NAMES)
    assert verdict.outcome not in {Outcome.DELIVERED, Outcome.DUPLICATE, Outcome.ACCEPTED, Outcome.REJECTED}
