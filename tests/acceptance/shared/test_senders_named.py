"""Platforms by their names, on a running relay: their batches, their checks, and the answers that they want."""

import hmac
import json
from base64 import b64encode
from urllib.parse import urlencode

import pytest
from running import Said
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET, ADYEN = "a-secret", "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"
ROUTES = f"""
version: 1
sources:
  gocardless: {{verify: gocardless, secret: {SECRET}}}
  adyen: {{verify: adyen, secret: {ADYEN}}}
  crc: {{verify: twitter-crc, secret: {SECRET}}}
  books: {{verify: freshbooks, secret: {SECRET}}}
  new-books: {{verify: {{algorithm: token, query: key}}, secret: {SECRET}, shape: [form]}}
destinations:
  freshbooks-api:
    method: PUT
    url: "${{ERP}}/events/account/{{{{ body.account_id }}}}/events/callbacks/{{{{ body.object_id }}}}"
    hosts: [127.0.0.1]
    request: {{body: {{callback: {{callback_id: "{{{{ body.object_id }}}}", verifier: "{{{{ body.verifier }}}}"}}}}}}
routes:
  - {{name: verified, from: new-books, to: freshbooks-api, when: body.name == 'callback.verify'}}
"""
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def post(world: World, path: str, body: bytes, headers: dict[str, str]) -> Said:
    return await world.relay.ask("POST", f"/in/{path}", body, headers, token=None)


def coded(body: bytes) -> str:
    return b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode()


async def test_each_event_of_a_gocardless_batch_is_known_by_its_id(world: World) -> None:
    two = b'{"events":[{"id":"EV1","resource_type":"payments","action":"paid_out"},{"id":"EV2"}]}'
    for body, status, known in ((two, 202, [False, False]), (two.replace(b"EV1", b"EV3"), 202, [False, True])):
        said = await post(
            world, "gocardless", body, {"Webhook-Signature": hmac.digest(b"a-secret", body, "sha256").hex()}
        )
        assert said.status == status
        assert [one.get("duplicate", False) for one in said.json["events"]] == known
    forged = await post(world, "gocardless", two + b" ", {"Webhook-Signature": "00"})
    assert (forged.status, forged.body) == (498, b"")


async def test_adyen_hears_that_it_was_accepted_and_an_item_with_another_amount_is_refused(world: World) -> None:
    # github.com/Adyen/adyen-python-api-library@b6f49792b79c:test/UtilTest.py
    item = {
        "pspReference": "7914073381342284",
        "merchantReference": "TestPayment-1407325143704",
        "merchantAccountCode": "TestMerchant",
        "amount": {"currency": "EUR", "value": 1130},
        "eventCode": "AUTHORISATION",
        "success": "true",
        "additionalData": {"hmacSignature": "coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0="},
    }
    raised = {**item, "amount": {"currency": "EUR", "value": 1131}}
    for items, status in (([item], 200), ([item], 200), ([item, raised], 401), ([], 401)):
        body = json.dumps({"notificationItems": [{"NotificationRequestItem": one} for one in items]})
        said = await post(world, "adyen", body.encode(), JSON)
        assert said.status == status
        assert (said.body == b"[accepted]") is (status == 200)


async def test_a_check_by_get_is_answered_and_its_answer_signs_no_event(world: World) -> None:
    """Whoever asks gets a code of the token; what is an event, or could be read as one, is no token."""
    event = b'{"for_user_id": "1"}'
    for token in ("9b4507b3-9040-4669-9ca3-6b94edb50553", "Y3JjLXRva2VuLW9mLXg="):
        said = await check(world, token)
        assert said.json == {"response_token": "sha256=" + coded(token.encode())}
        for kind in (JSON, FORM):
            got = await post(
                world, "crc", token.encode(), {**kind, "x-twitter-webhooks-signature": said.json["response_token"]}
            )
            assert got.status in (400, 415)
    for token in (
        event.decode(),
        "a-form-field=its-value&more=1",
        '"a text of twenty letters"',
        "null",
        "1" * 20,
        "-1.5e1000000000000",
        "",
    ):
        assert (await check(world, token)).status == 401
    signed = {**JSON, "x-twitter-webhooks-signature": "sha256=" + coded(event)}
    assert (await post(world, "crc", event, signed)).status == 200


async def check(world: World, token: str) -> Said:
    return await world.relay.ask("GET", f"/in/crc?{urlencode({'crc_token': token})}", token=None)


async def test_a_route_sends_freshbooks_its_verifier_back_which_is_the_secret_from_then_on(world: World) -> None:
    asked = {"name": "callback.verify", "object_id": "2001", "account_id": "6BApk", "verifier": SECRET}
    assert (await post(world, f"new-books?key={SECRET}", urlencode(asked).encode(), FORM)).status == 202
    (got,) = await world.erp.count("/events/account/6BApk/events/callbacks/2001", 1)
    assert (got.method, json.loads(got.body)) == ("PUT", {"callback": {"callback_id": "2001", "verifier": SECRET}})
    changed = {"name": "invoice.update", "object_id": "1", "account_id": "6BApk"}
    signed = {**FORM, "X-FreshBooks-Hmac-SHA256": coded(json.dumps(changed).encode())}
    assert (await post(world, f"books?key={SECRET}", urlencode(changed).encode(), signed)).status == 202
    assert (
        await post(world, f"books?key={SECRET}", urlencode({**changed, "object_id": "2"}).encode(), signed)
    ).status == 401
