"""What Kingdee K/3 Cloud has beyond the others: three logins, a lock-out, and a chain that may leave a draft."""

import hashlib
from decimal import Decimal

import pytest
from staged import Scene

from relay.emulators.stage.knobs import Knob

SYSTEM = "kingdee-k3cloud"


def status(heard) -> dict:
    return heard.json()["Result"]["ResponseStatus"]


async def signed(scene: Scene, secret: str) -> dict:
    account = scene.speaks.account
    parts = [account["acctID"], account["username"], account["appId"], secret, "1700000000"]
    sign = hashlib.sha256("".join(sorted(parts)).encode()).hexdigest()
    values = [account["acctID"], account["username"], account["appId"], 1700000000, sign, 2052]
    return (await scene.speaks.auth("LoginBySign", {"parameters": values})).json()


async def test_a_login_by_signature_counts_if_it_is_right(named: Scene) -> None:
    assert (await signed(named, "wrong"))["MessageCode"] == "002005000003016"
    assert (await signed(named, named.speaks.account["appSecret"]))["LoginResultType"] == 1


async def test_a_login_by_secret_in_the_other_envelope_counts(named: Scene) -> None:
    values = [named.speaks.account[name] for name in ("acctID", "username", "appId", "appSecret")]
    heard = await named.speaks.auth("LoginByAppSecret", {"format": 1, "parameters": str(values).replace("'", '"')})
    assert heard.json()["KDSVCSessionId"]


async def test_a_login_that_says_too_little_is_refused(named: Scene) -> None:
    for body in ({"parameters": ["5f0000000000aa", "relay"]}, {}):
        assert (await named.speaks.auth("ValidateUser", body)).json()["LoginResultType"] == 0


async def test_five_wrong_logins_shut_out_the_right_one_for_half_an_hour(named: Scene) -> None:
    for _ in range(5):
        await named.speaks.log_in_wrongly()
    assert "次数超限" in (await named.speaks._log_in(named.speaks.account["password"])).text
    named.played.clock.move(1801)
    assert (await named.speaks._log_in(named.speaks.account["password"])).json()["LoginResultType"] == 1


async def test_the_chain_runs_from_created_to_audited_and_each_step_once(named: Scene) -> None:
    number = named.speaks.number(await named.speaks.post("B1", "1.00"))
    body = {"formid": "GL_VOUCHER", "data": {"Numbers": [number]}}
    assert status(await named.speaks.form("Audit", json=body))["MsgCode"] == 12
    for step in ("Submit", "Audit"):
        assert status(await named.speaks.form(step, json=body))["IsSuccess"] is True
        assert status(await named.speaks.form(step, json=body))["MsgCode"] == 12
    assert await named.speaks.rows("F_RELAY_KEY='B1'") == [[100001, number, "C"]]


async def test_an_audit_that_fails_leaves_the_draft(named: Scene) -> None:
    saved = (await named.speaks.post("B1", "1.00")).json()["Result"]["Id"]
    body = {"formid": "GL_VOUCHER", "data": {"Ids": str(saved)}}
    await named.speaks.form("Submit", json=body)
    named.played.knobs.turn({Knob.CLOSED_PERIOD: Decimal(1)})
    assert "已结账" in (await named.speaks.form("Audit", json=body)).text
    assert [entry.state for entry in named.played.books.entries] == ["B"]


async def test_a_bill_that_is_busy_says_so_by_13(named: Scene) -> None:
    named.played.knobs.turn({Knob.THROTTLE: Decimal(1)})
    assert status(await named.speaks.form("Submit", json={"formid": "GL_VOUCHER", "data": {}}))["MsgCode"] == 13


async def test_an_account_that_isnt_there_is_named_with_its_line(named: Scene) -> None:
    errors = status(await named.speaks.post("B1", "1.00", account="9999"))["Errors"]
    assert errors == [{"FieldName": "FACCOUNTID", "Message": "科目不存在", "DIndex": 0}]


async def test_a_query_without_a_session_is_refused_inside_two_lists(named: Scene) -> None:
    named.played.sessions.end_all()
    rows = await named.speaks.rows("FBillNo='1'")
    assert rows[0][0]["Result"]["ResponseStatus"]["MsgCode"] == 1


@pytest.mark.parametrize("body", [b"", b"<xml/>"])
async def test_what_is_no_json_is_a_bad_request(named: Scene, body: bytes) -> None:
    assert (await named.speaks.form("Save", body)).status == 400
