"""Each way for a source to prove itself, against a running relay, signed by the maker's own rule."""

import asyncio
import hmac
import json
import time
from base64 import b64encode
from pathlib import Path

import pytest
from running import Said
from signing import OLD_SECRET, SECRET, generic, github, standard_webhooks, stripe
from world import World

from relay.cli import main

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT, HEX = "whsec_this-is-text-for-stripe", "00112233445566778899aabbccddeeff"
TOKENS = {"path": "path-token-9f3c", "header": "header-token-9f3c", "query": "query-token-9f3c"}
ROUTES = f"""
version: 1
sources:
  standard: {{verify: standard-webhooks, secret: ["{SECRET}", "{OLD_SECRET}"]}}
  stripe: {{verify: stripe, secret: "{TEXT}"}}
  github: {{verify: github, secret: "{TEXT}"}}
  xero: {{verify: xero, secret: "{TEXT}"}}
  quickbooks: {{verify: quickbooks, secret: "{TEXT}"}}
  ramp: {{verify: ramp, secret: "{TEXT}"}}
  concur: {{verify: concur, secret: "relay:a-password"}}
  by-path: {{verify: {{algorithm: token, path: true}}, secret: ["{TOKENS["path"]}", "an-older-token"]}}
  by-header: {{verify: {{algorithm: token, header: X-Token}}, secret: "{TOKENS["header"]}"}}
  by-query: {{verify: {{algorithm: token, query: key}}, secret: "{TOKENS["query"]}"}}
  spelled:
    verify:
      algorithm: hmac-sha512
      header: X-Sign
      prefix: "v2:"
      encoding: base64
      key: hex
      content: "{{timestamp}}/{{header:X-Nonce}}/{{body}}"
      timestamp: {{header: X-Time, unit: ms, tolerance: 2m}}
    secret: "{HEX}"
    type: "{{{{ body.kind }}}}"
"""
JSON = {"Content-Type": "application/json"}
BODY = b'{"id": "evt_77", "type": "invoice.paid", "kind": "spelled.kind"}'


async def post(world: World, path: str, headers: dict[str, str], body: bytes = BODY) -> Said:
    return await world.relay.ask("POST", f"/in/{path}", body, headers, token=None)


async def known_as(world: World, said: Said) -> tuple[str, str]:
    """Type and external id of an accepted event."""
    assert said.status == 202, said
    event = await world.relay.get(f"/api/events/{said.json['id']}")
    return event["type"], event["external_id"]


async def test_standard_webhooks_takes_type_from_the_body_and_the_id_from_its_header(world: World) -> None:
    said = await post(world, "standard", standard_webhooks(BODY, event="msg_sw"))
    assert await known_as(world, said) == ("invoice.paid", "msg_sw")


async def test_while_a_secret_rolls_both_are_good_and_a_third_is_not(world: World) -> None:
    third = "whsec_" + "QUJD" * 8
    said = [await post(world, "standard", standard_webhooks(BODY, one)) for one in (SECRET, OLD_SECRET, third)]
    assert [one.status for one in said] == [202, 202, 401]


async def test_one_good_signature_among_several_offered_is_enough(world: World) -> None:
    headers = standard_webhooks(BODY)
    bad = "v1," + "A" * 43 + "="
    for offered in (f"{bad} {headers['webhook-signature']} v1a,xyz", f"{bad} {bad}"):
        said = await post(
            world,
            "standard",
            standard_webhooks(BODY, event=headers["webhook-id"]) | headers | {"webhook-signature": offered},
        )
        assert said.status == (401 if offered == f"{bad} {bad}" else 202)


async def test_stripe_signs_with_a_timestamp_and_gives_its_events_ids(world: World) -> None:
    assert await known_as(world, await post(world, "stripe", stripe(BODY, TEXT))) == ("invoice.paid", "evt_77")
    for headers in (stripe(BODY, TEXT, at=time.time() - 400), stripe(BODY, TEXT, at=time.time() + 400)):
        assert (await post(world, "stripe", headers)).status == 401
    assert (await post(world, "stripe", stripe(BODY, "whsec_other"))).status == 401


async def test_github_tells_type_and_id_in_headers(world: World) -> None:
    said = await post(world, "github", github(BODY, TEXT, "push", "72d3162e"))
    assert await known_as(world, said) == ("push", "72d3162e")
    again = await post(world, "github", github(BODY, TEXT, "push", "72d3162e"))
    assert (again.status, again.json["id"]) == (200, said.json["id"])
    assert (await post(world, "github", github(BODY + b" ", TEXT, "push", "72d3162f"))).status == 401


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("by-path/" + TOKENS["path"], {}, 202),
        ("by-path/an-older-token", {}, 200),
        ("by-path/guess", {}, 401),
        ("by-path", {}, 401),
        ("by-path/" + TOKENS["path"] + "/", {}, 404),
        ("by-header", {"X-Token": TOKENS["header"]}, 202),
        ("by-header", {"X-Token": "guéss"}, 401),
        ("by-header", {}, 401),
        ("by-header?key=" + TOKENS["header"], {}, 401),
        ("by-query?key=" + TOKENS["query"], {}, 202),
        ("by-query?key=", {}, 401),
        ("by-query/" + TOKENS["query"], {}, 401),
    ],
)
async def test_a_token_is_taken_from_its_own_place_alone(
    world: World, path: str, headers: dict[str, str], status: int
) -> None:
    if status == 200:
        await post(world, "by-path/" + TOKENS["path"], {"Content-Type": "application/json"})
    said = await post(world, path, {"Content-Type": "application/json", **headers})
    assert said.status == status
    assert not any(token in said.body.decode() for token in TOKENS.values())


async def test_a_scheme_spelled_out_signs_what_its_content_says_within_its_tolerance(world: World) -> None:
    now_ms = int(time.time() * 1000)
    type_, _ = await known_as(world, await post(world, "spelled", generic(BODY, HEX, now_ms, "n1")))
    assert type_ == "spelled.kind"
    late, early = generic(BODY, HEX, now_ms - 180_000, "n2"), generic(BODY, HEX, now_ms + 180_000, "n3")
    moved = generic(BODY, HEX, now_ms, "n4") | {"X-Nonce": "n5"}
    in_seconds = generic(BODY, HEX, now_ms // 1000, "n6")
    for headers in (late, early, moved, in_seconds):
        assert (await post(world, "spelled", headers)).status == 401


def coded(body: bytes, secret: str = TEXT) -> str:
    return b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


def xero(number: int) -> tuple[dict[str, str], bytes]:
    """Of two invoices, of which the second is that of the next number."""
    named = {"eventCategory": "INVOICE", "eventType": "UPDATE", "eventDateUtc": "2026-02-09T09:18:28.917Z"}
    events = [{"tenantId": "t-1", "resourceId": f"inv-{one}", **named} for one in (number, number + 1)]
    body = json.dumps({"events": events, "entropy": "S0m3"}).encode()
    return {"x-xero-signature": coded(body), **JSON}, body


async def test_xeros_intent_to_receive_is_answered_200_and_401_with_nothing_in_them(world: World) -> None:
    body = b'{"events": [], "firstEventSequence": 0, "lastEventSequence": 0, "entropy": "FXNG"}'
    for secret, status in ((TEXT, 200), ("another", 401)):
        said = await post(world, "xero", {"x-xero-signature": coded(body, secret), **JSON}, body)
        assert (said.status, said.body, "set-cookie" in said.headers) == (status, b"", False)


async def test_xeros_events_are_known_again_each_by_all_that_names_it(world: World) -> None:
    for number in (1, 2):
        headers, body = xero(number)
        said = await post(world, "xero", headers, body)
        assert (said.status, said.body) == (200, b"")
    events = (await world.relay.get("/api/events?limit=200"))["events"]
    known = sorted(event["external_id"] for event in events if event["source"] == "xero")
    assert known == [f"t-1/inv-{number}/INVOICE/UPDATE/2026-02-09T09:18:28.917Z" for number in (1, 2, 3)]


async def test_quickbooks_is_taken_in_both_of_its_shapes(world: World) -> None:
    entity = {"name": "Invoice", "id": "7", "operation": "Create", "lastUpdated": "2026-01-05T14:42:19Z"}
    older = [{"realmId": realm, "dataChangeEvent": {"entities": [entity]}} for realm in ("1", "2")]
    newer = {"specversion": "1.0", "id": "ce-1", "type": "qbo.invoice.created.v1", "intuitaccountid": "1", "data": {}}
    for shape in ({"eventNotifications": older}, [newer], [newer]):
        body = json.dumps(shape).encode()
        said = await post(world, "quickbooks", {"intuit-signature": coded(body), **JSON}, body)
        assert said.status == 200
    events = (await world.relay.get("/api/events?limit=200"))["events"]
    known = sorted(event["external_id"] for event in events if event["source"] == "quickbooks")
    assert known == ["1/Invoice/7/Create/2026-01-05T14:42:19Z", "2/Invoice/7/Create/2026-01-05T14:42:19Z", "ce-1"]


async def test_ramps_challenge_is_echoed_and_kept_where_it_proves_itself(world: World) -> None:
    body = b'{"challenge": "c-77"}'
    signed = {"X-Ramp-Signature": hmac.digest(TEXT.encode(), body, "sha256").hex(), **JSON}
    said = await post(world, "ramp", signed, body)
    assert (said.status, said.json) == (200, {"challenge": "c-77"})
    assert (await post(world, "ramp", JSON, body)).status == 401
    events = (await world.relay.get("/api/events?limit=200"))["events"]
    assert [event["external_id"] for event in events if event["source"] == "ramp"] == ["c-77"]


async def test_an_older_notification_of_concur_is_known_by_its_body(world: World) -> None:
    body = b"<Notification><EventType>Report SUBMIT</EventType><ObjectType>EXPRPT</ObjectType></Notification>"
    headers = {"Authorization": f"Basic {b64encode(b'relay:a-password').decode()}", "Content-Type": "application/xml"}
    said, again = [await post(world, "concur", headers, body) for _ in range(2)]
    assert (await known_as(world, said))[0] == "Report SUBMIT"
    assert (again.status, again.json["id"]) == (200, said.json["id"])


@pytest.mark.parametrize(
    ("source", "words", "status"),
    [
        ("standard", ["--id", "msg_played"], 202),
        ("stripe", [], 202),
        ("github", ["--header", "X-GitHub-Event: push", "--header", "X-GitHub-Delivery: played"], 202),
        ("xero", [], 200),
        ("ramp", [], 200),
        ("concur", [], 202),
        ("by-path", [], 202),
        ("by-header", [], 202),
        ("by-query", ["--query", "tenant=1"], 202),
        ("spelled", ["--header", "X-Nonce: n-7"], 202),
    ],
)
async def test_relay_send_plays_each_of_them(
    world: World, source: str, words: list[str], status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = {"id": f"played-{source}", "type": "t", "kind": "k", "events": [], "amount": 12.30}
    (tmp_path / "sample.json").write_text(json.dumps(body))
    where = ["--config", str(world.relay.folder / "routes.yaml"), "--url", world.relay.url]
    sent = ["send", str(tmp_path / "sample.json"), "--source", source, *words, *where, "--json"]
    assert await asyncio.to_thread(main, sent) == 0
    assert [one["status"] for one in json.loads(capsys.readouterr().out)["sent"]] == [status]
