"""What leaves for a destination: which routes take an event, and the request that each makes of it."""

import hashlib
import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from played import Got, Reset, says
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILES = {"voucher.xml.j2": "<v no='{{ body.number }}'>{% for l in body.lines %}<l>{{ l.amount }}</l>{% endfor %}</v>"}
ROUTES = """
version: 1
defaults: {timezone: Asia/Shanghai}
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}"}
destinations:
  base:
    abstract: true
    url: ${ERP}/none
    headers: {X-Tenant: "1010"}
    retry: {first: 100ms}
  archive: {extends: base, url: "${ERP}/archive"}
  erp-cn: {extends: base, url: "${ERP}/cn"}
  erp-de: {extends: base, url: "${ERP}/de"}
  mapped: {extends: base, url: "${ERP}/mapped?tenant={{ body.tenant | default('none') }}"}
  formed: {extends: base, url: "${ERP}/formed"}
  templated: {extends: base, url: "${ERP}/templated", method: PUT}
  own: {extends: base, url: "${ERP}/own", request: {body: {own: "{{ event.id }}", key: "{{ delivery.key }}"}}}
  headed: {extends: base, headers: {X-Number: "{{ body.number }}"}}
  secured: {extends: base, url: "${ERP}/secured", auth: {type: basic, username: relay, password: päss}}
  queried: {extends: base, url: "${ERP}/queried?a=1", auth: {type: query, name: token, value: "q&q"}}
  signed: {extends: base, url: "${ERP}/signed", sign: {scheme: standard-webhooks, secret: "${SECRET}"}}
  cased: {extends: base, url: "${ERP}/cased", headers: {content-type: text/x-raw, idempotency-key: mine}}
  filed: {extends: base, url: "${ERP}/filed", hosts: [127.0.0.1], ambiguous: resend}
  once:
    extends: base
    url: ${ERP}/once
    result: [{when: "status == 200", outcome: delivered, document: "{{ body.data.billCode }}"}]
routes:
  - {name: as-it-came, from: expenses, when: event.type == 'raw', to: archive}
  - {name: cased, from: expenses, when: event.type == 'cased', to: cased}
  - {name: two, from: expenses, when: "event.type == 'two' and body.amount > 10.00", to: [archive, own]}
  - {name: every, from: "*", when: event.type == 'two', to: signed}
  - {name: chosen, from: expenses, when: event.type == 'chosen', to: "{{ 'erp-' ~ body.country }}"}
  - name: mapped
    from: expenses
    when: event.type == 'mapped'
    to: mapped
    request:
      headers: {X-Number: "{{ body.number }}"}
      query: {page: 1}
      body:
        total: "{{ body.total }}"
        text: "no {{ body.number }} of {{ body.total }}"
        date: "{{ body.paidAt | date('%Y-%m-%d') }}"
        sum: "{{ body.lines | sum(attribute='amount') }}"
        rounded: "{{ body.total | money('CNY') }}"
        lines:
          $each: "{{ body.lines }}"
          $as: line
          $do:
            account: "{{ line.account }}"
            debit: "{{ line.amount }}"
            memo: {$if: ["line.memo is defined", "{{ line.memo }}"]}
  - name: formed
    from: expenses
    when: event.type == 'formed'
    to: formed
    request: {form: {no: "{{ body.number }}", sum: "{{ body.total }}"}}
  - name: filed
    from: expenses
    when: event.type == 'filed'
    to: filed
    request:
      files: {$each: "{{ body.attachments }}", $do: {url: "{{ item.url }}", name: pdf}}
      form: {no: "{{ body.number }}", hash: "{{ files[0].sha256 }}"}
  - name: templated
    from: expenses
    when: event.type == 'templated'
    to: templated
    request: {template: voucher.xml.j2, content_type: text/xml; charset=gbk}
  - {name: secured, from: expenses, when: event.type == 'secured', to: [secured, queried]}
  - {name: broken-when, from: expenses, when: "event.type == 'broken' and body.missing.amount > 1", to: archive}
  - {name: headed, from: expenses, when: event.type == 'headed', to: headed}
  - {name: broken-to, from: expenses, when: event.type == 'nowhere', to: "{{ body.country }}"}
  - name: broken-mapping
    from: expenses
    when: event.type == 'unmapped'
    to: archive
    request:
      body:
        fine: yes
        wrong: "{{ body.lines[3].amount }}"
  - name: once
    from: expenses
    when: event.type == 'once'
    to: once
    once: "{{ body.number }}"
    request: {body: {no: "{{ body.number }}", sum: "{{ body.total }}"}}
"""


async def sent(world: World, path: str, body: dict[str, Any] | bytes) -> Got:
    """The request that an event made at a path, once it is delivered."""
    event = await world.relay.accepted("expenses", body)
    await world.relay.event_in(event, "delivered")
    (found,) = [got for got in world.erp.at(path) if got.headers["relay-event-id"] == event]
    return found


async def test_without_a_request_the_event_leaves_byte_for_byte(world: World) -> None:
    body = '{ "type":"raw",\n "note":"差旅 费\\u0041", "amount":1234567890123456.10, "x": 1E+2,"x":2 }'.encode()
    got = await sent(world, "/archive", body)
    assert got.body == body
    assert got.headers["content-type"] == "application/json"
    assert got.headers["x-tenant"] == "1010"


async def test_every_request_says_which_event_and_attempt_it_is(world: World) -> None:
    got = await sent(world, "/archive", {"type": "raw", "n": 2})
    event = await world.relay.get(f"/api/events/{got.headers['relay-event-id']}")
    assert got.headers["idempotency-key"] == event["deliveries"][0]["id"]
    assert got.headers["relay-attempt"] == "1"


async def test_an_event_goes_to_every_destination_of_every_route_that_takes_it(world: World) -> None:
    event = await world.relay.accepted("expenses", b'{"type": "two", "amount": 10.01}')
    shown = await world.relay.event_in(event, "delivered")
    assert shown["routes"] == ["two", "every"]
    assert [one["destination"] for one in shown["deliveries"]] == ["archive", "own", "signed"]
    less = await world.relay.event_in(
        await world.relay.accepted("expenses", b'{"type": "two", "amount": 10.00}'), "delivered"
    )
    assert less["routes"] == ["every"]


async def test_an_expression_chooses_among_the_declared_destinations(world: World) -> None:
    for country in ("cn", "de"):
        await sent(world, f"/{country}", {"type": "chosen", "country": country})


async def test_a_destinations_own_request_is_used_where_the_route_has_none(world: World) -> None:
    got = await sent(world, "/own", {"type": "two", "amount": 11})
    assert got.json == {"own": got.headers["relay-event-id"], "key": got.headers["idempotency-key"]}


MAPPED = """{"type": "mapped", "number": "B-1", "total": %s, "tenant": "t1", "paidAt": "2026-03-31T16:30:00Z",
 "lines": [{"account": "6601", "amount": 12.30}, {"account": 10, "amount": 0.10, "memo": "é"}]}"""


async def test_a_body_tree_is_filled_with_lists_conditions_headers_and_query(world: World) -> None:
    got = await sent(world, "/mapped", (MAPPED % "12.40").encode())
    assert got.target == "/mapped?tenant=t1&page=1"
    assert got.headers["x-number"] == "B-1"
    assert got.headers["content-type"] == "application/json"
    lines = b'[{"account":"6601","debit":12.30},{"account":10,"debit":0.10,"memo":"\xc3\xa9"}]'
    rest = b'"date":"2026-04-01","sum":12.40,"rounded":12.40,"lines":' + lines
    assert got.body == b'{"total":12.40,"text":"no B-1 of 12.40",' + rest + b"}"


@pytest.mark.parametrize(
    "number", ["12.30", "1234567890123456.78", "1234567890123456789012345678901234567890", "0.1", "-0.00", "100"]
)
async def test_a_number_leaves_as_the_same_number(world: World, number: str) -> None:
    got = await sent(world, "/mapped", (MAPPED % number).encode())
    assert got.body.startswith(f'{{"total":{number},"text":"no B-1 of {number}"'.encode())


async def test_text_that_looks_like_a_number_leaves_as_the_same_text(world: World) -> None:
    got = await sent(world, "/mapped", (MAPPED % '"012.30"').encode())
    assert got.body.startswith(b'{"total":"012.30","text":"no B-1 of 012.30"')


async def test_a_form_is_sent_as_a_form(world: World) -> None:
    got = await sent(world, "/formed", b'{"type": "formed", "number": "B&1=", "total": 12.30}')
    assert got.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(got.body.decode()) == {"no": ["B&1="], "sum": ["12.30"]}


async def test_a_template_file_is_filled_escaped_and_encoded_as_its_content_type_says(world: World) -> None:
    body = '{"type": "templated", "number": "<差>", "lines": [{"amount": 1.10}, {"amount": 2}]}'.encode()
    got = await sent(world, "/templated", body)
    assert (got.method, got.headers["content-type"]) == ("PUT", "text/xml; charset=gbk")
    assert got.body.decode("gbk") == "<v no='&lt;差&gt;'><l>1.10</l><l>2</l></v>"


async def test_credentials_go_in_the_header_or_the_query_and_are_masked_where_they_are_shown(world: World) -> None:
    event = await world.relay.accepted("expenses", {"type": "secured"})
    shown = await world.relay.event_in(event, "delivered")
    (secured,), (queried,) = world.erp.at("/secured"), world.erp.at("/queried")
    assert secured.headers["authorization"] == "Basic cmVsYXk6cMOkc3M="
    assert queried.target == "/queried?a=1&token=q%26q"
    told = json.dumps(shown)
    assert "cmVsYXk6cMOkc3M" not in told
    assert "Basic ***" in told


async def test_a_header_leaves_once_however_it_is_spelled_and_relays_own_stand(world: World) -> None:
    delivery = await world.relay.delivery_in(await world.relay.accepted("expenses", {"type": "cased"}), "delivered")
    (got,) = world.erp.at("/cased")
    assert (got.headers["content-type"], got.headers["idempotency-key"]) == ("text/x-raw", delivery["id"])


async def test_a_routing_error_makes_a_dead_delivery_that_says_where_and_never_refuses_the_event(world: World) -> None:
    event = await world.relay.accepted("expenses", {"type": "broken"})
    delivery = await world.relay.delivery_in(event, "dead")
    assert delivery["reason"].startswith("routing: routes.yaml:")
    assert "missing" in delivery["reason"]
    nowhere = await world.relay.delivery_in(
        await world.relay.accepted("expenses", {"type": "nowhere", "country": "atlantis"}), "dead"
    )
    assert nowhere["reason"].startswith("routing: routes.yaml:")


async def test_a_mapping_error_makes_a_dead_delivery_that_says_where_in_routes_yaml(world: World) -> None:
    delivery = await world.relay.delivery_in(
        await world.relay.accepted("expenses", {"type": "unmapped", "lines": []}), "dead"
    )
    line = next(n for n, text in enumerate(ROUTES.splitlines(), 1) if "wrong:" in text)
    assert delivery["reason"].startswith("mapping: ")
    assert f"routes.yaml:{line}:" in delivery["reason"]
    assert not [got for got in world.erp.at("/archive") if got.headers["relay-event-id"] == delivery["event"]]


@pytest.mark.parametrize(("number", "says"), [(["a"], "mapping: "), ("a\r\nX-More: 1", "rejected: ")])
async def test_a_header_that_cannot_be_sent_makes_a_dead_delivery_and_no_request(
    world: World, number: object, says: str
) -> None:
    event = await world.relay.accepted("expenses", {"type": "headed", "number": number})
    delivery = await world.relay.delivery_in(event, "dead")
    assert delivery["reason"].startswith(says)
    line = next(n for n, text in enumerate(ROUTES.splitlines(), 1) if "headed:" in text)
    assert says == "rejected: " or f"routes.yaml:{line}:" in delivery["reason"]
    assert world.erp.at("/none") == []


async def test_a_business_key_is_booked_once_whatever_event_brings_it(world: World) -> None:
    first = await world.relay.accepted("expenses", {"type": "once", "number": "B7", "total": 1})
    document = (await world.relay.delivery_in(first, "delivered"))["document"]
    again = await world.relay.accepted("expenses", {"total": 1, "type": "once", "number": "B7", "node": "other"})
    repeat = await world.relay.delivery_in(again, "delivered")
    assert (repeat["document"], repeat["reason"].split()[0]) == (document, "duplicate")
    other = await world.relay.accepted("expenses", {"type": "once", "number": "B7", "total": 2})
    held = await world.relay.delivery_in(other, "held")
    assert held["reason"] == f"again: booked as {document}"
    assert len([got for got in world.erp.at("/once") if got.json["no"] == "B7"]) == 1


async def test_the_idempotency_key_of_a_business_key_is_one_for_all_its_deliveries(world: World) -> None:
    first = await sent(world, "/once", {"type": "once", "number": "B8", "total": 1})
    second = await sent(world, "/once", {"type": "once", "number": "B9", "total": 1})
    assert first.headers["idempotency-key"] != second.headers["idempotency-key"]
    other = await world.relay.accepted("expenses", {"type": "once", "number": "B8", "total": 2})
    held = await world.relay.delivery_in(other, "held")
    assert (await world.relay.ask("POST", f"/api/deliveries/{held['id']}/replay")).status == 200
    again = await world.relay.delivery_in(other, "held", tried=2)
    assert again["reason"].startswith("again")
    assert len([got for got in world.erp.at("/once") if got.json["no"] == "B8"]) == 1


async def test_files_are_fetched_and_sent_on_and_a_resend_is_the_same_bytes(world: World) -> None:
    """Its server has another file by then, and has it not at first."""
    contents = [says(status=503), (200, {"Content-Type": "application/pdf"}, b"%PDF-1"), says("another file")]
    outcomes = [Reset(), None]

    def archive(_got: Got) -> Any:
        if outcomes.pop(0):
            raise Reset
        return says({})

    world.erp.answers |= {"/invoice.pdf": lambda _got: contents.pop(0), "/filed": archive}
    body = {"type": "filed", "number": "B1", "attachments": [{"url": f"{world.erp.url}/invoice.pdf"}]}
    event = await world.relay.accepted("expenses", body)
    await world.relay.event_in(event, "delivered")
    first, second = world.erp.at("/filed")
    assert first.body == second.body
    assert first.headers["content-type"] == second.headers["content-type"]
    assert b"%PDF-1" in first.body
    assert hashlib.sha256(b"%PDF-1").hexdigest().encode() in first.body
    assert len(world.erp.at("/invoice.pdf")) == 2
