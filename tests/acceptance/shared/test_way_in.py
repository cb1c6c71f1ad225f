"""POST /in/{source}: what each sender is answered (CONTRACT section 3)."""

import asyncio
import gzip
import json

import pytest
from running import Relay, Said
from signing import standard_webhooks
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUTES = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}"}
  composed: {verify: standard-webhooks, secret: "${SECRET}", id: "{{ body.flow }}-{{ body.node }}", callback: origin}
  ignoring: {verify: standard-webhooks, secret: "${SECRET}", id: "{{ body.flow }}", on_differs: ignore}
  small: {verify: standard-webhooks, secret: "${SECRET}", max_body: 1KiB}
  busy: {verify: standard-webhooks, secret: "${SECRET}", rate: 2/s}
  near: {verify: none, allow: [127.0.0.0/8]}
  far: {verify: none, allow: [10.0.0.0/8]}
destinations:
  erp: {url: "${ERP}/erp"}
  origin: {url: "${ERP}/origin"}
routes:
  - {name: all, from: [expenses, composed, ignoring, small, busy, near, far], when: "body.flow is defined", to: erp}
"""


def of(status: int, code: str, said: Said) -> bool:
    """Whether that is the answer, with both parts that CONTRACT promises of a refusal."""
    return (said.status, said.json["error"]) == (status, code) and bool(said.json["detail"])


async def test_a_new_event_is_answered_202_with_its_id_and_how_many_deliveries_it_makes(world: World) -> None:
    said = await world.relay.send("expenses", {"flow": "new"})
    assert said.status == 202
    assert said.json == {"id": said.json["id"], "deliveries": 1}
    assert said.json["id"].startswith("evt_")


async def test_an_event_that_no_route_takes_is_accepted_and_unrouted(world: World) -> None:
    said = await world.relay.send("expenses", {"type": "nobody's"})
    assert (said.status, said.json["deliveries"]) == (202, 0)
    assert (await world.relay.get(f"/api/events/{said.json['id']}"))["state"] == "unrouted"


async def test_the_same_event_again_is_answered_200_with_the_id_of_the_first(world: World) -> None:
    first = await world.relay.send("expenses", {"flow": "again"}, event="msg_again")
    again = await world.relay.send("expenses", {"flow": "again"}, event="msg_again")
    assert (again.status, again.json) == (200, {"id": first.json["id"], "duplicate": True})


async def test_of_two_equal_requests_at_the_same_instant_exactly_one_is_new(world: World) -> None:
    for number in range(30):
        body = {"flow": f"race-{number}"}
        pair = [world.relay.send("expenses", body, event=f"msg_race_{number}") for _ in range(3)]
        said = await asyncio.gather(*pair)
        assert sorted(one.status for one in said) == [200, 200, 202]
        assert len({one.json["id"] for one in said}) == 1


async def test_the_same_composed_id_with_another_body_becomes_a_held_event_and_the_origin_hears_it(
    world: World,
) -> None:
    first = await world.relay.accepted("composed", {"flow": "F1", "node": "paid", "amount": 1})
    differs = await world.relay.send("composed", {"flow": "F1", "node": "paid", "amount": 2})
    assert differs.status == 202
    assert differs.json["id"] != first
    delivery = await world.relay.delivery_in(differs.json["id"], "held")
    assert delivery["reason"].startswith("differs")
    told = [got.json for got in await world.erp.count("/origin", 2)]
    assert {one["event"]["id"]: one["type"] for one in told} == {
        first: "delivery.delivered",
        differs.json["id"]: "delivery.held",
    }
    again = await world.relay.send("composed", {"flow": "F1", "node": "paid", "amount": 2})
    assert (again.status, again.json) == (200, {"id": differs.json["id"], "duplicate": True})


async def test_where_the_source_says_ignore_another_body_is_a_duplicate_of_the_first(world: World) -> None:
    first = await world.relay.accepted("ignoring", {"flow": "F2", "amount": 1})
    differs = await world.relay.send("ignoring", {"flow": "F2", "amount": 2})
    assert (differs.status, differs.json) == (200, {"id": first, "duplicate": True})


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-signature": "v1," + "A" * 43 + "="},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,差旅é"},
        {"webhook-id": "another"},
        {"webhook-timestamp": "yesterday"},
        {"webhook-timestamp": "9" * 400},
    ],
)
async def test_what_does_not_prove_itself_is_answered_401(world: World, changed: dict[str, str]) -> None:
    body = b'{"flow": "forged"}'
    said = await world.relay.ask("POST", "/in/expenses", body, standard_webhooks(body) | changed, token=None)
    assert of(401, "unauthorised", said)


async def test_a_stale_or_a_future_timestamp_or_a_changed_body_gets_the_same_401(world: World) -> None:
    body = b'{"flow": "stale"}'
    asked = [
        (body, standard_webhooks(body, at=1_600_000_000)),
        (body, standard_webhooks(body, at=4_000_000_000)),
        (body + b" ", standard_webhooks(body)),
        (body, {"Content-Type": "application/json"}),
    ]
    said = [await world.relay.ask("POST", "/in/expenses", sent, headers, token=None) for sent, headers in asked]
    assert {one.status for one in said} == {401}
    assert len({one.body for one in said}) == 1


async def test_an_unknown_source_is_404_and_a_wrong_method_405(world: World) -> None:
    assert of(404, "unknown_source", await world.relay.send("nobody", {"flow": "x"}))
    assert of(404, "not_found", await world.relay.ask("GET", "/in/expenses", token=None))
    assert of(405, "wrong_method", await world.relay.ask("PUT", "/in/expenses", token=None))
    head = await world.relay.ask("HEAD", "/in/expenses", token=None)
    assert (head.status, set(head.headers["allow"].split(", "))) == (405, {"GET", "POST"})


async def test_only_the_networks_that_a_source_allows_may_send(world: World) -> None:
    sent = b'{"flow": "unsigned"}', {"Content-Type": "application/json", "X-Forwarded-For": "10.1.2.3"}
    assert (await world.relay.ask("POST", "/in/near", *sent, token=None)).status == 202
    assert of(401, "unauthorised", await world.relay.ask("POST", "/in/far", *sent, token=None))


async def test_a_body_over_the_limit_is_413_whether_its_length_is_told_or_not(world: World) -> None:
    body = json.dumps({"flow": "x" * 1200}).encode()
    assert of(413, "too_large", await world.relay.send("small", body))
    assert of(413, "too_large", await world.relay.send("expenses", b" " * (2 << 20)))
    head = "".join(f"{name}: {value}\r\n" for name, value in standard_webhooks(body).items())
    chunked = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    line = f"POST /in/small HTTP/1.1\r\nHost: relay\r\nTransfer-Encoding: chunked\r\n{head}\r\n"
    assert (await raw(world.relay, line.encode() + chunked)).startswith(b"HTTP/1.1 413 ")


async def test_a_chunked_body_within_the_limit_is_taken(world: World) -> None:
    body = b'{"flow": "chunked"}'
    head = "".join(f"{name}: {value}\r\n" for name, value in standard_webhooks(body).items())
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    line = f"POST /in/small HTTP/1.1\r\nHost: relay\r\nTransfer-Encoding: chunked\r\n{head}\r\n"
    assert (await raw(world.relay, line.encode() + chunks)).startswith(b"HTTP/1.1 202 ")


async def raw(relay: Relay, request: bytes) -> bytes:
    """The first line of the answer to a request as it is."""
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    writer.write(request)
    async with asyncio.timeout(15):
        line = await reader.readline()
    writer.close()
    return line


BAD = {
    "not JSON": b"<a/>",
    "cut short": b'{"flow": "x"',
    "nested without end": b"[" * 100_000,
    "nested too deeply": b"[" * 5_000 + b"]" * 5_000,
    "a number of a million digits": b'{"flow": ' + b"1" * 1_000_000 + b"}",
    "a number beyond reckoning": b'{"flow": 1e999999999}',
    "NaN": b'{"flow": NaN}',
    "Infinity": b'{"flow": -Infinity}',
    "no body": b"",
    "only spaces": b"  \n",
    "invalid UTF-8": b'{"flow": "\xff"}',
    "half a surrogate pair": b'{"flow": "\\ud800"}',
    "more than one value": b"{} {}",
}


@pytest.mark.parametrize("name", BAD)
async def test_what_is_no_json_that_relay_takes_is_answered_400(world: World, name: str) -> None:
    assert of(400, "bad_json", await world.relay.send("expenses", BAD[name]))


async def test_odd_json_is_kept_as_it_came_byte_for_byte(world: World) -> None:
    odd = [
        b'\xef\xbb\xbf{"flow": "x"}',
        b'{"flow": "a", "flow": "b"}',
        b"[]",
        b"null",
        b'{"flow":"\\u0000\\u5dee"}',
        b' {"flow": 1.10e+2}\n',
    ]
    for body in odd:
        event = await world.relay.accepted("expenses", body)
        assert (await world.relay.ask("GET", f"/api/events/{event}/body")).body == body


async def test_another_content_type_or_a_packed_body_is_answered_415(world: World) -> None:
    body, bomb = b"<a/>", gzip.compress(bytes(50 << 20))
    html = standard_webhooks(body) | {"Content-Type": "text/html"}
    assert of(415, "unsupported_type", await world.relay.ask("POST", "/in/expenses", body, html, token=None))
    packed = standard_webhooks(bomb) | {"Content-Encoding": "gzip"}
    assert of(415, "unsupported_encoding", await world.relay.ask("POST", "/in/expenses", bomb, packed, token=None))


async def test_what_comes_over_the_rate_is_told_when_to_come_again(world: World) -> None:
    said = await asyncio.gather(*(world.relay.send("busy", {"flow": str(number)}) for number in range(8)))
    refused = [one for one in said if one.status != 202]
    assert 2 <= len(said) - len(refused) <= 4
    assert all(of(429, "too_many_requests", one) and int(one.headers["retry-after"]) >= 1 for one in refused)


async def test_after_all_of_this_not_one_refusal_was_a_fault_of_the_server(world: World) -> None:
    await world.relay.send("expenses", BAD["NaN"])
    assert "ERROR" not in world.relay.log
    assert "Traceback" not in world.relay.log
