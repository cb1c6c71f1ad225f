"""What a thin event leads to: the next document that it needs, and then its routes. No network, no store."""

from pathlib import Path
from typing import Any

import pytest

from relay.config import Config, load
from relay.delivery import Draft, State, event_state
from relay.destination import Answer
from relay.errors import Unreadable
from relay.event import Event
from relay.known import Known
from relay.money import encode_json
from relay.outcome import Outcome
from relay.store import Claimed
from relay.thin import drafts, led_on
from relay.views import DeliveryView, EventView

ROUTES = """
version: 1
sources:
  hesi:
    verify: standard-webhooks
    secret: ${SECRET}
    schema: event.yaml
    callback: origin
    fetch:
      flow: {destination: api, path: /flow, query: {id: "{{ body.flow }}"}, when: "body.flow is defined"}
      staff: {destination: people, url: "https://people/{{ body.staff }}", when: "body.staff > 0", on_dead: continue}
      rates: {destination: people, url: "https://rates", when: body.rates is defined, order_by: "{{ body.rates }}"}
destinations:
  api: {url: "https://api.example.com/somewhere", posts: true, result: [{when: body.ok, outcome: delivered}]}
  people: {preset: ekuaibao, vars: {base: https://people, app_key: k, app_secret: s}}
  erp: {url: "https://erp"}
  origin: {url: "https://origin"}
routes:
  - {name: voucher, from: hesi, to: erp, when: flow.paid}
  - {name: told, from: hesi, to: origin, after: {routes: voucher, state: dead}}
"""
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
GIVEN = {"attempts": 0, "tries": 0, "look": 0, "missed": 0, "start_ms": 0, "age_ms": 0}
NOT = dict.fromkeys(("doubt", "lost", "probe"), False) | dict.fromkeys(("once", "rendered", "booking", "notice"))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "event.yaml").write_text("{type: object, properties: {flow: {type: string}}}")
    (tmp_path / "routes.yaml").write_text(ROUTES)
    return load(tmp_path / "routes.yaml", {"SECRET": SECRET})


def event(body: Any) -> Event:
    given = {"source": "hesi", "type": "", "external_id": "x", "headers": {}, "config": "v"}
    return Event(id="evt_1", body=encode_json(body), **given)


def led(config: Config, body: Any) -> list[Draft]:
    known = Known(event=event(body), received_ms=0)
    return drafts(known, config, known.names(), 0)


def claimed(draft: Draft, body: Any, fetched: dict[str, bytes]) -> Claimed:
    where = {"id": draft.id, "lane": draft.lane, "route": draft.route, "order_key": draft.order_key}
    return Claimed(**where, token="t", event=event(body), received_ms=0, fetched=fetched, **GIVEN, **NOT)


def answer(body: bytes = b"{}", status: int = 200) -> Answer:
    return Answer(status=status, headers={"content-type": "application/json"}, body=body)


def test_a_document_is_read_first_in_the_order_of_its_address(config: Config) -> None:
    (draft,) = led(config, {"flow": "f 1", "staff": 7})
    assert (draft.route, draft.lane, draft.blocks) == ("fetch:flow", "api", True)
    assert draft.order_key == "https://api.example.com/flow?id=f+1"


def test_each_leads_to_the_next_that_the_event_needs_and_the_order_goes_on_with_it(config: Config) -> None:
    body = {"flow": "f1", "staff": 7}
    (first,) = led(config, body)
    flow, staff, _ = config.fetches["hesi"]
    after = led_on(flow, claimed(first, body, {}), answer(b'{"ok": true, "paid": true, "sum": 1.10}'), config, 0)
    (second,) = after.made
    assert after.document == b'{"ok":true,"paid":true,"sum":1.10}'
    assert (second.route, second.lane, second.order_key, second.blocks) == (
        staff.route,
        "people",
        first.order_key,
        False,
    )
    last = led_on(staff, claimed(second, body, {"flow": after.document}), answer(), config, 0)
    assert [(each.route, each.state) for each in last.made] == [("voucher", State.PENDING)]


def test_an_order_key_of_its_own_is_kept(config: Config) -> None:
    (draft,) = led(config, {"staff": 0, "rates": "2026-03"})
    assert (draft.route, draft.order_key) == ("fetch:rates", "2026-03")


def test_an_event_that_needs_none_is_routed_at_once_and_a_missing_document_is_an_error_in_routing(
    config: Config,
) -> None:
    voucher, told = led(config, {"staff": 0})
    assert (voucher.route, voucher.state) == ("voucher", State.DEAD)
    assert "'flow' is missing" in (voucher.reason or "")
    assert (told.route, told.state) == ("told", State.PENDING)


def test_what_cant_be_told_makes_a_dead_fetch_with_its_place(config: Config) -> None:
    (draft,) = led(config, {"staff": "seven"})
    assert (draft.route, draft.state) == ("fetch:staff", State.DEAD)
    assert (draft.reason or "").startswith("routing: routes.yaml:")
    assert "when: " in (draft.reason or "")


def test_a_body_that_its_schema_refuses_isnt_asked_about(config: Config) -> None:
    voucher, _told = led(config, {"flow": 1})
    assert (voucher.route, voucher.state) == ("voucher", State.DEAD)


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (answer(b'{"ok": true}'), Outcome.DELIVERED),
        (answer(b"<html>"), Outcome.UNKNOWN),
        (answer(b'{"no": true}'), Outcome.UNKNOWN),
        (answer(b"", 404), Outcome.UNKNOWN),
        (answer(b"", 503), Outcome.THROTTLED),
    ],
)
def test_the_rules_that_the_file_gives_the_destination_decide(config: Config, given: Answer, outcome: Outcome) -> None:
    flow = config.fetches["hesi"][0]
    assert flow.destination.judge.judge(given, {}).outcome is outcome


def test_the_rules_of_a_preset_are_about_what_it_posts_and_dont(config: Config) -> None:
    """Without any the status decides, and a body that can't be read is in doubt."""
    judge, read = config.fetches["hesi"][1].destination.judge, config.fetches["hesi"][1].read
    said = [judge.judge(each, {}).outcome for each in (answer(b'{"name": 1}'), answer(b"no"), answer(b"", 404))]
    assert said == [Outcome.DELIVERED, Outcome.UNKNOWN, Outcome.REJECTED]
    with pytest.raises(Unreadable):
        read(answer(b"no"))


def test_what_is_fetched_goes_without_the_destinations_own_request(config: Config) -> None:
    asked = config.fetches["hesi"][0].destination
    assert (asked.method, asked.posts, asked.bare, asked.lookup, asked.then) == ("GET", False, True, None, ())


def test_a_document_that_was_read_is_no_delivery_of_its_event() -> None:
    def view(route: str, state: State) -> DeliveryView:
        nothing = dict.fromkeys(("order_key", "once", "document", "reason", "due_ms"))
        return DeliveryView(id=route, event="e", lane="l", route=route, state=state, attempts=[], **nothing)

    def state_of(*views: DeliveryView) -> str:
        return str(EventView(event=event({}), received_ms=0, deliveries=list(views), callbacks=[]).state)

    read = view("fetch:flow", State.DELIVERED)
    assert state_of(read) == str(event_state([])) == "unrouted"
    assert state_of(read, view("voucher", State.DEAD)) == "dead"
    assert state_of(view("fetch:flow", State.HELD)) == "held"
