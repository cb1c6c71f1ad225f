"""What leaves: a route's request, put into its destination's envelope, and the requests beside it."""

from pathlib import Path
from typing import Any

import pytest
from test_decision import claimed

from relay.config import Config, load
from relay.event import Event
from relay.money import decode_json
from relay.rendering import Names, Rendered, asking, render

EVENT = Event(
    id="evt_1", source="s", type="t", external_id="x", headers={}, body=b'{"number":"B1","amount":12.30}', config="1"
)
GIVEN = claimed(event=EVENT, once="B1", attempts=2)


def config(folder: Path, destination: str, request: str = "", held: str = "none") -> Config:
    (folder / "routes.yaml").write_text(
        f"""\
version: 1
sources: {{s: {{verify: github, secret: abcd}}}}
destinations:
  erp: {{url: "https://erp.example.com/save?v=2", vars: {{form: GL, held: {held}}}, {destination}}}
routes:
  - {{name: r, from: s, to: erp, once: "{{{{ body.number }}}}"{request}}}
"""
    )
    return load(folder / "routes.yaml", {})


def rendered(made: Config) -> Rendered:
    return render(GIVEN, made.destinations["erp"], made.plan_for("r", "erp"))


def body(made: Config) -> Any:
    return decode_json(rendered(made).body or b"")


def test_a_tree_is_put_into_the_envelope_as_plain_data_with_its_decimals(tmp_path: Path) -> None:
    envelope = "envelope: {body: {formid: '{{ vars.form }}', data: {Model: '{{ content }}'}}}"
    made = config(tmp_path, envelope, ", request: {body: {FAmount: '{{ body.amount }}'}}")
    assert rendered(made).body == b'{"formid":"GL","data":{"Model":{"FAmount":12.30}}}'


def test_an_envelope_may_add_to_what_it_holds(tmp_path: Path) -> None:
    envelope = "envelope: {body: '{{ dict(content, key=delivery.key, once=delivery.once) }}'}"
    made = config(tmp_path, envelope, ", request: {body: {a: 1}}")
    assert body(made) == {"a": 1, "key": body(made)["key"], "once": "B1"}


def test_without_a_request_the_event_is_put_into_the_envelope(tmp_path: Path) -> None:
    assert body(config(tmp_path, "envelope: {body: {event: '{{ content.number }}'}}")) == {"event": "B1"}


@pytest.mark.parametrize(
    ("request_", "held"),
    [("form: {a: '{{ body.number }}'}", "{'a': 'B1'}"), ("template: '<a>{{ body.number }}</a>'", "<a>B1</a>")],
)
def test_a_form_is_put_in_as_its_fields_and_a_template_as_its_text(tmp_path: Path, request_: str, held: str) -> None:
    same = "envelope: {form: {same: '{{ content == vars.held }}'}}"
    assert rendered(config(tmp_path, same, f", request: {{{request_}}}", held)).body == b"same=true"


def test_headers_and_query_of_both_are_sent_and_the_route_has_the_last_word(tmp_path: Path) -> None:
    envelope = "envelope: {body: '{{ content }}', headers: {X-A: envelope, X-B: envelope}, query: {e: 1}}"
    found = rendered(config(tmp_path, envelope, ", request: {body: {}, headers: {x-a: route}, query: {r: 2}}"))
    assert (found.headers["X-A"], found.headers["X-B"]) == ("route", "envelope")
    assert found.url == "https://erp.example.com/save?v=2&e=1&r=2"


def test_a_lookup_is_sent_with_the_destinations_headers_and_its_own(tmp_path: Path) -> None:
    asks = "url: 'https://erp.example.com/find', method: POST, body: {n: '{{ body.number }}'}, headers: {X-A: mine}"
    made = config(
        tmp_path,
        f"headers: {{X-A: all, X-B: all}}, lookup: {{{asks}, found: 'true', missing: 'false', query: {{q: 1}}}}",
    ).destinations["erp"]
    assert made.lookup
    found = asking(made.lookup.call, Names(GIVEN), made)
    assert (found.method, found.url, found.body) == ("POST", "https://erp.example.com/find?q=1", b'{"n":"B1"}')
    assert found.headers == {"Content-Type": "application/json", "X-A": "mine", "X-B": "all"}
