"""Platforms of China by their names, on a running relay: what each is answered, and what it is refused."""

import hashlib
import json
from urllib.parse import urlencode

import pytest
from running import Said
from world import World

from relay.decryptions.wecom import WecomFrame

pytestmark = pytest.mark.asyncio(loop_scope="module")

AES_KEY, OWNER, TOKEN, APP = "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt", "ding-app", "a-token", "a1b2c3d4-e5f6-0001"
ROUTES = f"""
version: 1
sources:
  hesi: {{verify: ekuaibao, secret: {TOKEN}}}
  fenbeitong: {{verify: fenbeitong, secret: {TOKEN}}}
  nuonuo: {{verify: nuonuo, secret: {TOKEN}}}
  dingtalk: {{verify: dingtalk, secret: {TOKEN}, vars: {{aes_key: {AES_KEY}, owner: {OWNER}}}}}
  wecom: {{verify: wecom, secret: {TOKEN}, vars: {{aes_key: {AES_KEY}, owner: {OWNER}}}}}
  yonbip: {{verify: yonbip, secret: {APP}, vars: {{app_key: {OWNER}}}}}
  feishu: {{verify: feishu-plain, secret: {TOKEN}}}
destinations:
  erp: {{url: "${{ERP}}/erp"}}
routes:
  - {{name: booked, from: hesi, to: erp, when: body.flowId == 'f2'}}
"""
JSON, XML = {"Content-Type": "application/json"}, {"Content-Type": "text/xml"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FRAME, APP_FRAME = WecomFrame(AES_KEY, OWNER, "encoding-aes-key"), WecomFrame(APP, OWNER, "yonbip")


async def post(world: World, path: str, body: str, headers: dict[str, str]) -> Said:
    return await world.relay.ask("POST", f"/in/{path}", body.encode(), headers, token=None)


async def types(world: World) -> list[str]:
    return [each["type"] for each in (await world.relay.get("/api/events?limit=200"))["events"]]


def signature(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def asked(code: str, token: str = TOKEN) -> str:
    return urlencode({"msg_signature": signature(token, "1609", "n-1", code), "timestamp": "1609", "nonce": "n-1"})


HESI = {"flowId": "f1", "nodeId": "n1", "action": "flow.paid", "userInfo": {"id": "u1"}, "memo": "a"}
NUONUO = {"operater": "callback", "orderno": "B1", "content": json.dumps({"c_fpqqlsh": "22", "c_status": "1"})}


@pytest.mark.parametrize(
    ("path", "body", "kind", "answer"),
    [
        ("hesi", json.dumps(HESI), JSON, {"code": "1"}),
        ("fenbeitong", '{"order_id": "o1", "status": 80}', JSON, {"data": {"code": "1", "msg": "success"}}),
        ("nuonuo", urlencode(NUONUO), FORM, {"status": "0000", "message": "同步成功"}),
    ],
)
async def test_who_signs_nothing_comes_by_a_secret_path_and_hears_what_it_wants(
    world: World, path: str, body: str, kind: dict[str, str], answer: object
) -> None:
    for _ in range(2):
        said = await post(world, f"{path}/{TOKEN}", body, kind)
        assert (said.status, said.json) == (200, answer)
    for wrong in (path, f"{path}/another"):
        assert (await post(world, wrong, body, kind)).status in (401, 404)


async def test_another_document_under_the_same_composed_id_is_held_and_not_swallowed(world: World) -> None:
    for memo in ("a", "b"):
        assert (
            await post(world, f"hesi/{TOKEN}", json.dumps({**HESI, "flowId": "f2", "memo": memo}), JSON)
        ).status == 200
    (first,) = await world.erp.count("/erp", 1)
    assert first.json["memo"] == "a"
    events = (await world.relay.get("/api/events?limit=200"))["events"]
    states = [each["state"] for each in events if each["external_id"] == "f2-n1-flow.paid-u1"]
    assert (len(states), states.count("held")) == (2, 1)


@pytest.mark.parametrize(
    ("plain", "stored"), [('{"EventType":"check_url"}', False), ('{"EventType":"approved"}', True)]
)
async def test_dingtalk_is_answered_success_sealed_and_signed(world: World, plain: str, stored: bool) -> None:
    code = FRAME.encrypt(plain.encode(), bytes(16))
    said = await post(world, f"dingtalk?{asked(code)}", json.dumps({"encrypt": code}), JSON)
    told = said.json
    assert (said.status, FRAME.decrypt(told["encrypt"])) == (200, b"success")
    assert told["msg_signature"] == signature(TOKEN, told["timeStamp"], told["nonce"], told["encrypt"])
    assert ("approved" in await types(world)) is stored
    forged = await post(world, f"dingtalk?{asked(code, 'another')}", json.dumps({"encrypt": code}), JSON)
    assert forged.status == 401


async def test_wecom_hears_its_question_back_and_an_event_in_xml_is_taken_silently(world: World) -> None:
    code = FRAME.encrypt(b"16161403", bytes(16))
    said = await world.relay.ask("GET", f"/in/wecom?{asked(code)}&{urlencode({'echostr': code})}", token=None)
    assert (said.status, said.body) == (200, b"16161403")
    sealed = FRAME.encrypt(b"<xml><MsgType>event</MsgType><Event>sys_approval_change</Event></xml>", bytes(16))
    said = await post(world, f"wecom?{asked(sealed)}", f"<xml><Encrypt>{sealed}</Encrypt></xml>", XML)
    assert (said.status, said.body) == (200, b"")
    assert "sys_approval_change" in await types(world)


async def test_yonbip_and_feishu_are_answered_their_checks_which_are_no_events(world: World) -> None:
    code = APP_FRAME.encrypt(b'{"type":"CHECK_URL","eventId":"e1"}', bytes(16))
    check = {"msgSignature": signature(APP, "1609", "n-1", code), "timestamp": 1609, "nonce": "n-1", "encrypt": code}
    for body, status in ((check, 200), ({**check, "nonce": "n-2"}, 401)):
        assert (await post(world, "yonbip", json.dumps(body), JSON)).status == status
    for token, status in ((TOKEN, 200), ("another", 401)):
        said = await post(
            world, "feishu", json.dumps({"type": "url_verification", "token": token, "challenge": "c"}), JSON
        )
        assert said.status == status
    assert not {"CHECK_URL", "url_verification", "check_url"} & set(await types(world))
