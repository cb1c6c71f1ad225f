"""What an event would lead to is told by the rules that the way in and the worker ask, without sending anything."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.booking import Found, Reversed
from relay.callback import of_draft
from relay.config import Config, load
from relay.delivery import Draft, State
from relay.entries import coming, entry, single
from relay.errors import Refused
from relay.event import Event, unpack
from relay.money import decode_json, encode_json
from relay.outgoing import Send, callback_of, send_of
from relay.proving import contents_of, names
from relay.rehearsal import Rehearsed, rehearse, rehearse_stored
from relay.signature import Received

ROUTES = """
version: 1
server: {public_url: https://relay.example.com}
sources:
  shop:
    verify: github
    secret: abcd
    type: "{{ body.type }}"
    id: "{{ body.id }}"
    split: "{{ body.events | default([body]) }}"
    callback: {to: origin, on: [dead]}
    handshake: [{when: body.challenge is defined, answer: {body: {challenge: "{{ body.challenge }}"}}}]
  strict: {verify: github, secret: abcd, schema: strict.yaml}
  flat: {verify: github, secret: abcd, type: "{{ body.type }}", id: "{{ body.id }}"}
  thin:
    verify: github
    secret: abcd
    fetch:
      bill: {destination: api, url: "https://api.example.com/{{ body.id }}"}
      staff: {destination: api, url: "https://api.example.com/staff/{{ bill.staff }}", when: bill.staff is defined}
destinations:
  erp: {url: "https://erp.example.com/save", headers: {X-Tenant: "1"}, auth: {type: bearer, token: abcdefgh}}
  oa: {url: "{{ body.oa | default('https://oa.example.com') }}", hosts: [oa.example.com]}
  api: {url: https://api.example.com, posts: true, result: [{when: body.ok, outcome: delivered}]}
  origin: {url: https://origin.example.com}
routes:
  - name: voucher
    from: [shop, flat]
    to: erp
    when: event.type == 'paid' and body.amount > 0
    once: "{{ body.number }}"
    hold: "{{ 'large' if body.amount > 1000 else '' }}"
    require: [{that: body.amount != 13, else: "13 is no amount"}]
    request: {body: {total: "{{ body.amount }}", confirm: "{{ delivery.confirm_url }}"}}
  - {name: notice, from: [shop, flat], to: oa, when: event.type == 'paid'}
  - {name: told, from: [shop, flat], to: oa, after: {routes: voucher, state: dead},
     request: {body: {id: "{{ prior.delivery }}"}}}
  - {name: back, from: shop, to: erp, when: event.type == 'void', once: "{{ body.id }}", reverses: "{{ body.number }}",
     request: {body: {of: "{{ prior.document }}"}}}
  - {name: undo, from: shop, to: oa, when: event.type == 'undo', once: "{{ body.id }}", reverses: "{{ body.number }}",
     request: {body: {period: "{{ prior.data.period }}"}}}
  - {name: strict, from: strict, to: erp}
  - {name: alerted, from: relay, to: oa}
  - name: file
    from: shop
    to: oa
    when: event.type == 'file'
    request: {files: [{url: "{{ body.file }}"}], body: {name: "{{ files[0].filename }}"}}
  - {name: read, from: thin, to: erp, when: bill.total > 0, request: {body: {staff: "{{ staff.name | default('-') }}"}}}
"""
PAID = {"type": "paid", "id": "e1", "number": "B1", "amount": 12}
NOW = 1_790_000_000_000


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    path = tmp_path_factory.mktemp("rehearsal") / "routes.yaml"
    path.with_name("strict.yaml").write_text("{type: object}")
    path.write_text(ROUTES)
    return load(path, {})


def received(body: Any, **headers: str) -> Received:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"content-type": "application/json", **headers}
    return Received(method="POST", url="", headers=given, query={}, body=data)


def one(config: Config, body: Any, source: str = "shop", **documents: Any) -> Rehearsed:
    (found,) = rehearse(config, source, received(body), documents, NOW)
    return found


def drafts(found: Rehearsed) -> list[Draft]:
    return [each.draft for each in found.sends]


def send(found: Rehearsed, route: str) -> Send:
    (made,) = [each for each in found.sends if each.draft.route == route]
    return made


def content(made: Send) -> Any:
    assert made.request
    return decode_json(made.request.body)


def test_it_tells_type_id_and_the_routes_that_are_taken_and_not(config: Config) -> None:
    found = one(config, PAID)
    assert (found.event.type, found.event.external_id, found.takes) == ("paid", "e1", ("voucher", "notice"))
    assert [route.name for route in found.routes] == ["voucher", "notice", "told", "back", "undo", "file"]
    assert (found.routes[2].follows, found.routes[2].taken) == (("voucher",), False)


def test_it_tells_which_part_of_a_condition_decided(config: Config) -> None:
    found = {route.name: route.why for route in one(config, {**PAID, "amount": -3}).routes}
    assert found["voucher"] == "`body.amount > 0` doesn't hold: body.amount is -3"
    assert found["notice"] == "event.type is 'paid'"
    assert found["told"] == "it comes once voucher is dead"


def test_the_request_is_as_it_leaves_but_for_credentials(config: Config) -> None:
    made = send(one(config, PAID), "voucher")
    assert made.request
    assert (made.state, made.draft.once, made.draft.order_key) == (State.PENDING, "B1", "B1")
    assert (made.request.method, made.request.url) == ("POST", "https://erp.example.com/save")
    assert made.request.headers["Idempotency-Key"].startswith("key_")
    assert made.request.headers["Relay-Attempt"] == "1"
    assert "Authorization" not in made.request.headers
    assert content(made)["total"] == 12
    assert "/confirm/dlv_" in content(made)["confirm"]


@pytest.mark.parametrize("body", [PAID, {**PAID, "amount": "?"}, {"type": "other", "id": "v"}])
def test_it_drafts_what_the_way_in_would_store(config: Config, body: dict[str, Any]) -> None:
    source, came, found = config.sources["flat"], received(body), one(config, body, "flat")
    contents = contents_of(source, came)
    piece = single(came, contents, names(source, came, contents))
    stored = entry(coming(source, came, config, NOW), piece, found.event.id, body["id"])
    assert (unpack(found.event.id, stored.packed), stored.deliveries) == (found.event, drafts(found))


def test_a_stored_event_leads_to_what_it_led_to_when_it_came(config: Config) -> None:
    found = one(config, PAID)
    assert drafts(rehearse_stored(config, found.event, NOW)) == drafts(found)


def test_what_is_split_is_several_events_of_different_ids(config: Config) -> None:
    found = rehearse(config, "shop", received({"events": [PAID, PAID | {"id": "e2"}]}), now_ms=NOW)
    assert [each.event.external_id for each in found] == ["e1", "e2"]
    assert found[0].event.id != found[1].event.id
    assert found[1].event.part == 2


def test_the_same_request_at_the_same_time_is_told_the_same(config: Config) -> None:
    assert one(config, PAID).sends == one(config, PAID).sends


def test_a_thin_event_waits_for_each_document_that_it_needs(config: Config) -> None:
    body = {"id": "7"}
    first = one(config, body, "thin")
    assert (first.waits_for, first.routes, first.sends) == ("bill", (), ())
    assert first.fetches[0].request
    assert first.fetches[0].request.url == "https://api.example.com/7"
    second = one(config, body, "thin", bill={"total": 1, "staff": 3})
    assert (second.waits_for, len(second.fetches)) == ("staff", 2)
    third = one(config, body, "thin", bill={"total": 1, "staff": 3}, staff={"name": "Li"})
    assert (third.waits_for, third.takes, content(third.sends[0])) == (None, ("read",), {"staff": "Li"})


def test_a_document_that_the_event_doesnt_need_isnt_there(config: Config) -> None:
    found = one(config, {"id": "7"}, "thin", bill={"total": 1}, staff={"name": "Li"})
    assert (len(found.fetches), content(found.sends[0])) == (1, {"staff": "-"})


@pytest.mark.parametrize(
    ("body", "route", "state", "reason"),
    [
        ({**PAID, "amount": "x"}, "voucher", State.DEAD, "routing: routes.yaml:"),
        ({**PAID, "amount": 13}, "voucher", State.DEAD, "mapping: 13 is no amount"),
        ({**PAID, "amount": 1001}, "voucher", State.HELD, "hold: large"),
        ({**PAID, "oa": "https://else.example.com"}, "notice", State.DEAD, "rejected: the host else.example.com"),
        ({"type": "file", "file": "https://x.example.com/a.pdf"}, "file", State.DEAD, "rejected: files[0]: the host x"),
    ],
)
def test_what_wouldnt_be_sent_says_why(config: Config, body: Any, route: str, state: State, reason: str) -> None:
    made = send(one(config, body), route)
    assert made.state is state
    assert (made.reason or "").startswith(reason)


def test_what_follows_one_that_is_born_dead_is_told_too(config: Config) -> None:
    found = one(config, {**PAID, "amount": "x"})
    assert found.routes[0].error
    assert (content(send(found, "told"))["id"], found.routes[2].taken) == (send(found, "voucher").draft.id, True)


def test_a_reversal_shows_where_the_document_that_it_takes_back_goes(config: Config) -> None:
    made = send(one(config, {"type": "void", "id": "v1", "number": "B1"}), "back")
    assert content(made) == {"of": "(booked under B1)"}


def test_what_only_the_booking_knows_is_open_and_no_fault(config: Config) -> None:
    made = send(one(config, {"type": "undo", "id": "u1", "number": "B1"}), "undo")
    assert (made.state, made.request, made.reason) == (State.PENDING, None, None)
    assert "prior.data.period" in (made.open or "")
    prior = encode_json({"data": {"period": "2026-03"}, "document": "V-1"})
    known = Reversed(delivery="dlv_1", found=Found.BOOKED, document="V-1", prior=prior)
    found = one(config, {"type": "undo", "id": "u1", "number": "B1"})
    assert content(send_of(made.draft, found.known, config, known)) == {"period": "2026-03"}


def test_what_relay_tells_of_itself_is_rehearsed_too(config: Config) -> None:
    given = {"id": "evt_1", "source": "relay", "type": "delivery.dead", "external_id": "", "headers": {}, "config": "1"}
    assert rehearse_stored(config, Event(**given, body=b"{}"), NOW).takes == ("alerted",)


def test_files_are_named_and_taken_as_empty(config: Config) -> None:
    made = send(one(config, {"type": "file", "file": "https://oa.example.com/a.pdf"}), "file")
    assert (made.state, made.files) == (State.PENDING, ("https://oa.example.com/a.pdf",))
    assert content(made) == {"name": "a.pdf"}


def test_a_callback_is_rendered_as_the_origin_would_hear_it(config: Config) -> None:
    found = one(config, {**PAID, "amount": "x"})
    draft = send(found, "voucher").draft
    (told,) = of_draft(config.callback_of("shop"), draft)
    made = callback_of(told, draft.id, found.known, config, "partial")
    assert made.request
    assert made.request.url == "https://origin.example.com"
    assert (content(made)["type"], content(made)["delivery"]["reason"]) == ("delivery.dead", draft.reason)


def test_a_handshake_makes_no_event(config: Config) -> None:
    assert rehearse(config, "shop", received({"challenge": "c"})) == []


def test_an_id_that_cant_be_told_is_noted(config: Config) -> None:
    assert "id can't be told" in one(config, {"type": "paid"}).noted[0]


@pytest.mark.parametrize(
    ("source", "body", "kind", "code"),
    [
        ("nobody", b"{}", "application/json", "unknown_source"),
        ("shop", b"{", "application/json", "bad_json"),
        ("shop", b"{}", "image/png", "unsupported_type"),
    ],
)
def test_what_the_way_in_refuses_is_refused(config: Config, source: str, body: bytes, kind: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        rehearse(config, source, received(body, **{"content-type": kind}))
    assert refused.value.code == code


def test_a_stored_event_whose_body_is_removed_cant_be_rehearsed(config: Config) -> None:
    given = {"id": "evt_1", "source": "shop", "type": "", "external_id": "", "headers": {}, "config": "1"}
    with pytest.raises(Refused):
        rehearse_stored(config, Event(**given, body=b"", bare_ms=1), NOW)


def test_a_stored_event_whose_body_cant_be_read_today_says_so(config: Config) -> None:
    given = {"id": "evt_1", "source": "strict", "type": "", "external_id": "", "headers": {}, "config": "1"}
    with pytest.raises(Refused, match="can't be read today"):
        rehearse_stored(config, Event(**given, body=b"{"), NOW)


SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["paid", "void", "file"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
KEYS = st.sampled_from(["type", "id", "number", "amount", "oa", "file", "events", "flow", "staff", "challenge"])


@settings(max_examples=20)
@given(st.dictionaries(KEYS, VALUES) | VALUES, st.sampled_from(["shop", "flat", "thin", "strict"]), VALUES)
def test_whatever_comes_each_delivery_has_a_request_or_a_reason(
    config: Config, body: Any, source: str, bill: Any
) -> None:
    for found in rehearse(config, source, received(body), {"bill": bill}, NOW):
        assert all(send.request or send.reason or send.open for send in (*found.sends, *found.fetches))
        assert all(send.reason for send in found.sends if send.state is not State.PENDING)
        assert set(found.takes) == {send.draft.route for send in found.sends}
        assert all(route.why for route in found.routes)
