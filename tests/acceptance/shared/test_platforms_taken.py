"""What platforms want of an address: handshakes, sealed bodies, forms and XML, and answers of their own."""

import hashlib
import hmac
import json
from urllib.parse import urlencode

import pytest
from running import Said, until
from world import World

from relay.decryptions.feishu import FeishuCipher
from relay.decryptions.wecom import WecomFrame

pytestmark = pytest.mark.asyncio(loop_scope="module")

AES_KEY, OWNER = "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt", "ww1436e0e65a779aee"
ROUTES = """
version: 1
server: {public_url: "https://relay.example.com"}
sources:
  signed: &signed
    verify: {algorithm: hmac-sha256, header: X-Sign}
    secret: [first, second]
    id: "{{ body.id }}"
    refused: {status: 498}
    handshake:
      - {when: "body.type == 'url_verification'", answer: {body: {challenge: "{{ body.challenge }}"}}}
      - when: body.event == 'endpoint.url_validation'
        answer: {body: {plain: "{{ body.token }}", code: "{{ body.token | hmac(secret) }}"}}
      - method: GET
        verify: {algorithm: none}
        when: event.query.crc | urlencode == event.query.crc
        answer: {text: "sha256={{ event.query.crc | hmac(secret) }}"}
  wecom:
    verify: &sorted
      algorithm: hash-sha1
      query: msg_signature
      content: {sort: ["{secret}", "{query:timestamp}", "{query:nonce}", "{field:encrypt}"]}
    secret: hJqcu3uJ9Tn2gXPmxx2w9kkCkCE2EPYo
    vars: {aes_key: 6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt, owner: ww1436e0e65a779aee}
    decrypt: {kind: wecom, field: encrypt, key: "{{ vars.aes_key }}", owner: "{{ vars.owner }}"}
    type: "{{ body.EventType }}"
    handshake:
      - method: GET
        verify:
          algorithm: hash-sha1
          query: msg_signature
          content: {sort: ["{secret}", "{query:timestamp}", "{query:nonce}", "{query:echostr}"]}
        decrypt: {kind: wecom, query: echostr, key: "{{ vars.aes_key }}", owner: "{{ vars.owner }}", text: true}
        answer: {text: "{{ body }}"}
    ack:
      text: success
      encrypted:
        msg_signature: "{{ [secret, timestamp | string, nonce, encrypt] | sort(false, true) | join | sha1 }}"
        encrypt: "{{ encrypt }}"
        timeStamp: "{{ timestamp }}"
        nonce: "{{ nonce }}"
  feishu: # its challenge is sealed, and proves itself by a token inside
    verify:
      algorithm: hash-sha256
      header: X-Lark-Signature
      content: "{header:X-Lark-Nonce}{secret}{body}"
    secret: [another key, test key]
    vars: {verification_token: v-token}
    decrypt: {kind: feishu, field: encrypt, key: "{{ secret }}"}
    handshake:
      - when: body.type == 'url_verification'
        verify: {algorithm: token, field: token, secret_from: verification_token}
        answer: {body: {challenge: "{{ body.challenge }}"}}
  forms:
    verify: {algorithm: token, query: key}
    secret: the-key
    shape: [form, xml]
    id: "{{ body.notify_id }}"
    ack: {text: success}
  json: {verify: {algorithm: token, query: key}, secret: the-key, id: "{{ body.number }}"}
  address: {verify: {algorithm: hmac-sha256, header: X-Sign, content: "{url}{body}"}, secret: first}
destinations:
  erp: {url: "${ERP}/erp"}
  mapped: {url: "${ERP}/mapped", request: {body: {note: "{{ body.note }}", whole: "{{ whole.charset | default('') }}"}}}
routes:
  - {name: opened, from: wecom, to: erp}
  - {name: noted, from: forms, to: mapped, when: body.note is defined}
"""


def signed(body: bytes, secret: str = "first") -> dict[str, str]:
    return {"X-Sign": hmac.digest(secret.encode(), body, "sha256").hex(), "Content-Type": "application/json"}


async def post(world: World, path: str, body: bytes, headers: dict[str, str]) -> Said:
    return await world.relay.ask("POST", f"/in/{path}", body, headers, token=None)


async def get(world: World, path: str, **query: str) -> Said:
    return await world.relay.ask("GET", f"/in/{path}?{urlencode(query)}", token=None)


async def count(world: World) -> int:
    return len((await world.relay.get("/api/events?limit=200"))["events"])


async def test_a_challenge_that_proves_itself_is_answered_and_makes_no_event(world: World) -> None:
    before, body = await count(world), b'{"type": "url_verification", "challenge": "c-1"}'
    said = await post(world, "signed", body, signed(body))
    assert (said.status, said.json) == (200, {"challenge": "c-1"})
    assert await count(world) == before


async def test_the_answer_is_made_with_the_secret_that_proved_the_question(world: World) -> None:
    body = b'{"event": "endpoint.url_validation", "token": "t-1"}'
    for secret in ("first", "second"):
        said = await post(world, "signed", body, signed(body, secret))
        assert said.json == {"plain": "t-1", "code": hmac.digest(secret.encode(), b"t-1", "sha256").hex()}


async def test_a_challenge_that_does_not_prove_itself_is_refused_as_the_platform_wants_it(world: World) -> None:
    body = b'{"type": "url_verification", "challenge": "c-1"}'
    said = await post(world, "signed", body, signed(body, "another"))
    assert (said.status, said.body) == (498, b"")


async def test_a_proven_challenge_that_lacks_what_is_answered_is_400(world: World) -> None:
    body = b'{"type": "url_verification"}'
    said = await post(world, "signed", body, signed(body))
    assert (said.status, said.json["error"]) == (400, "bad_handshake")


async def test_a_get_is_answered_where_a_handshake_asks_for_one_and_is_no_way_to_have_an_event_signed(
    world: World,
) -> None:
    said = await get(world, "signed", crc="token-1")
    assert said.body == b"sha256=" + hmac.digest(b"first", b"token-1", "sha256").hex().encode()
    assert (await get(world, "signed", crc='{"id": "forged"}')).status == 498
    assert (await get(world, "signed")).status == 498
    assert (await get(world, "forms", key="the-key")).status == 404


ECHO = {  # github.com/sbzhu/weworkapi_python@71441bf83764, callback_python3/Sample.py
    "msg_signature": "012bc692d0a58dd4b10f8dfe5c4ac00ae211ebeb",
    "timestamp": "1476416373",
    "nonce": "47744683",
    "echostr": "fsi1xnbH4yQh0+PJxcOdhhK6TDXkjMyhEPA7xB2TGz6b+g7xyAbEkRxN/3cNXW9qdqjnoVzEtpbhnFyq6SVHyA==",
}


async def test_wecoms_published_question_is_answered_with_what_was_sealed_and_nothing_else(world: World) -> None:
    said = await get(world, "wecom", **ECHO)
    assert (said.status, said.body) == (200, b"1288432023552776189")


async def test_every_failure_of_a_sealed_question_gets_the_same_answer(world: World) -> None:
    frame = WecomFrame(AES_KEY, "another-owner", "encoding-aes-key").encrypt(b"1", bytes(16))
    tries = [{**ECHO, "echostr": each} for each in ("", "?", "AAAA", "A" * 44, frame, ECHO["echostr"][:-4] + "AA==")]
    tries += [{**ECHO, "nonce": "1"}, {"echostr": ECHO["echostr"]}, {}]
    said = [await get(world, "wecom", **each) for each in tries]
    assert {(one.status, one.body) for one in said} == {(401, said[0].body)}


def sealed(plain: bytes, owner: str = OWNER) -> tuple[str, bytes]:
    """The path and the body of a callback, sealed and signed."""
    code = WecomFrame(AES_KEY, owner, "encoding-aes-key").encrypt(plain, hashlib.md5(plain).digest())
    return path_of(code), json.dumps({"encrypt": code}).encode()


def path_of(code: str) -> str:
    signature = signature_of("1409659813", "1372623149", code)
    return f"wecom?msg_signature={signature}&timestamp=1409659813&nonce=1372623149"


def signature_of(*parts: str) -> str:
    """WeCom's and DingTalk's, both ways: SHA-1 of token, time, nonce and code, sorted."""
    return hashlib.sha1("".join(sorted(["hJqcu3uJ9Tn2gXPmxx2w9kkCkCE2EPYo", *parts])).encode()).hexdigest()


JSON = {"Content-Type": "application/json"}


async def test_a_sealed_event_is_stored_as_it_came_seen_opened_and_answered_sealed(world: World) -> None:
    path, body = sealed(b'{"EventType": "approved", "total": 12.30}')
    said = await post(world, path, body, JSON)
    answer = said.json
    opened = WecomFrame(AES_KEY, OWNER, "encoding-aes-key").decrypt(answer["encrypt"])
    proof = signature_of(str(answer["timeStamp"]), answer["nonce"], answer["encrypt"])
    assert (said.status, opened, answer["msg_signature"]) == (200, b"success", proof)
    (event,) = [each for each in (await world.relay.get("/api/events"))["events"] if each["type"] == "approved"]
    assert (await world.relay.ask("GET", f"/api/events/{event['id']}/body")).body == body
    (got,) = await world.erp.count("/erp", 1)
    assert got.body == b'{"EventType": "approved", "total": 12.30}'


async def test_the_same_event_sealed_anew_is_the_same_event(world: World) -> None:
    plain, one = b'{"EventType": "again"}', WecomFrame(AES_KEY, OWNER, "encoding-aes-key")
    for random in (bytes(16), bytes(range(16))):
        code = one.encrypt(plain, random)
        assert (await post(world, path_of(code), json.dumps({"encrypt": code}).encode(), JSON)).status == 200
    events = (await world.relay.get("/api/events?limit=200"))["events"]
    assert len([each for each in events if each["type"] == "again"]) == 1


async def test_what_is_signed_and_cannot_be_opened_is_refused_and_the_log_says_where_to_look(world: World) -> None:
    said = await post(world, *sealed(b"{}", "another-owner"), JSON)
    assert (said.status, said.json["error"]) == (401, "unauthorised")
    assert "source wecom" in world.relay.log
    assert "look at the key and the owner of its decrypt" in world.relay.log


async def test_a_sealed_challenge_proves_itself_by_the_token_inside(world: World) -> None:
    from_token = {token: await post(world, "feishu", challenge(token), JSON) for token in ("v-token", "forged")}
    assert (from_token["v-token"].status, from_token["v-token"].json) == (200, {"challenge": "c-2"})
    assert from_token["forged"].status == 401


def challenge(token: str) -> bytes:
    """Sealed as Feishu's SDK does it, under `test key`."""
    from_key = FeishuCipher("test key")
    plain = json.dumps({"type": "url_verification", "challenge": "c-2", "token": token}).encode()
    return json.dumps({"encrypt": from_key.encrypt(plain, bytes(range(16)))}).encode()


async def test_an_event_without_the_signature_is_refused_though_its_token_is_right(world: World) -> None:
    plain = json.dumps({"type": "event_callback", "token": "v-token"}).encode()
    body = json.dumps({"encrypt": FeishuCipher("test key").encrypt(plain, bytes(16))}).encode()
    assert (await post(world, "feishu", body, JSON)).status == 401


async def test_a_form_in_gbk_is_read_as_it_says_and_answered_as_the_platform_wants(world: World) -> None:
    body = urlencode({"notify_id": "n1", "note": "差旅", "charset": "GBK"}, encoding="gbk").encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded; charset=GBK"}
    for _ in range(2):
        said = await post(world, "forms?key=the-key", body, kind)
        assert (said.status, said.body, said.headers["content-type"]) == (200, b"success", "text/plain; charset=utf-8")
    (got,) = await world.erp.count("/mapped", 1)
    assert got.json == {"note": "差旅", "whole": "GBK"}


async def test_xml_is_read_and_a_bomb_is_refused(world: World) -> None:
    xml = {"Content-Type": "text/xml"}
    assert (await post(world, "forms?key=the-key", b"<notify_id>n2</notify_id>", xml)).status == 200
    bomb = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><a>&b;</a>'
    refused = await post(world, "forms?key=the-key", bomb, xml)
    assert (refused.status, refused.json["error"]) == (400, "bad_xml")
    other = await post(world, "forms?key=the-key", b"{}", JSON)
    assert (other.status, other.json["error"]) == (415, "unsupported_type")


async def test_an_id_that_cannot_be_told_is_taken_by_its_hash_and_told_of(world: World) -> None:
    for body in (b'{"other": 1}', b'{"number": null}'):
        assert (await post(world, "json?key=the-key", body, JSON)).status == 202
    assert "source json" in await until(lambda: log_with(world, "an id can't be told"))


async def log_with(world: World, text: str) -> str:
    return "\n".join(line for line in world.relay.log.splitlines() if text in line)


async def test_the_address_that_is_signed_is_the_public_one_whatever_host_says(world: World) -> None:
    body, url = b'{"a": 1}', "https://relay.example.com/in/address?tenant=1"
    right, wrong = (signed(base.encode() + body) for base in (url, "http://evil.example.com/in/address?tenant=1"))
    forwarded = {"Host": "evil.example.com", "X-Forwarded-Host": "evil.example.com", "X-Forwarded-Proto": "http"}
    assert (await post(world, "address?tenant=1", body, right | forwarded)).status == 202
    assert (await post(world, "address?tenant=1", body, wrong | forwarded)).status == 401
