"""`then` and `confirm` of a destination: what is refused when the file is loaded."""

from pathlib import Path

import pytest
from test_vars import faults, loaded

STEP = "url: 'https://erp.example.com/x'"
CONFIRM = "url: 'https://erp.example.com/{{ accepted.document }}', result: [{when: 'body.ok', outcome: delivered}]"


def erp(*said: str) -> str:
    return f"  erp: {{{', '.join(('url: https://erp.example.com', *said))}}}\n"


def test_steps_are_known_by_name_to_those_behind_them(tmp_path: Path) -> None:
    first = f"{{name: a, {STEP}, when: steps.post.document != ''}}"
    second = f"{{name: b, {STEP}, body: '{{{{ steps.a.data }}}}'}}"
    steps = loaded(tmp_path, erp(f"then: [{first}, {second}]")).destinations["erp"].then
    assert [step.name for step in steps] == ["a", "b"]
    assert steps[0].call.method == "POST"


@pytest.mark.parametrize(
    ("said", "what"),
    [
        (f"then: [{{name: a, {STEP}, when: steps.a.document}}]", "there is no name 'steps.a'"),
        (f"then: [{{name: a, {STEP}}}, {{name: a, {STEP}}}]", "a step named 'a' is here already"),
        (f"then: [{{name: post, {STEP}}}]", "a step named 'post' is here already"),
        (f"then: [{{name: confirm, {STEP}}}]", "a step named 'confirm' is here already"),
        (f"then: [{{name: 'a b', {STEP}}}]", "fits"),
        ("then: [{name: a}]", "the key 'url' is missing here"),
        ("confirm: {within: 1h}", "nothing says what became of what was accepted"),
        ("confirm: {url: 'https://erp.example.com'}", "'confirm' has no 'result'"),
        (f"confirm: {{{CONFIRM.replace('accepted', 'acepted')}}}", "there is no name 'acepted'"),
        ("confirm: {callback: {result: [{when: 'true', outcome: delivered}]}}", "server: {public_url:"),
        ("request: {body: {to: '{{ delivery.confirm_url }}'}}", "delivery.confirm_url needs an address"),
    ],
)
def test_what_can_not_be_is_refused(tmp_path: Path, said: str, what: str) -> None:
    assert what in faults(tmp_path, erp(said))


def test_a_route_that_tells_an_address_which_nobody_reaches_is_refused(tmp_path: Path) -> None:
    route = "routes: [{name: r, from: s, to: erp, request: {body: {a: ['{{ delivery.confirm_url }}']}}}]\n"
    assert "delivery.confirm_url needs an address" in faults(tmp_path, erp() + route)


def test_a_confirm_is_joined_key_by_key(tmp_path: Path) -> None:
    said = f"  base: {{abstract: true, confirm: {{{CONFIRM}}}}}\n"
    said += "  erp: {extends: base, url: 'https://erp.example.com', confirm: {within: 2h, first: 1m}}\n"
    confirm = loaded(tmp_path, said).destinations["erp"].confirm
    assert confirm
    assert (confirm.within_ms, confirm.wait.first_ms) == (7_200_000, 60_000)
    assert confirm.call
