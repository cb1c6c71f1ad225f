"""ekuaibao: numbers that are set, payments that each have a code, and approvals whose refusals are a 200."""

from decimal import Decimal

import pytest
from staged import Scene

SYSTEM = "ekuaibao"


async def test_a_number_is_set_set_anew_and_cleared(named: Scene) -> None:
    for number, state in (("V-1", "set"), ("V-2", "set"), ("", "cleared")):
        assert (await named.speaks.voucher("F1", voucherNo=number)).json() == {"value": True}
        entry = named.played.books.entries[0]
        assert (entry.document["voucherNo"], entry.state) == (number, state)
    assert len(named.played.books.entries) == 1


@pytest.mark.parametrize(("flow", "status"), [("unpaid-1", 400), ("unknown-1", 412)])
async def test_only_a_flow_that_is_paid_takes_a_number(named: Scene, flow: str, status: int) -> None:
    assert (await named.speaks.voucher(flow, voucherNo="V-1")).status == status
    assert named.played.books.entries == []


async def test_each_payment_has_a_code_of_its_own(named: Scene) -> None:
    good = {"id": "F1", "code": "P00001"}
    assert await named.speaks.paid(good) == ["R00000"]
    codes = await named.speaks.paid(
        good, {"id": "unknown-1", "code": "P00001"}, {"id": "unpaid-1", "code": "P00001"}, {"id": "F2", "code": "P9"}
    )
    assert codes == ["R00002", "R00001", "R00003", "R00005"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"signKey": "wrong"}, "401"),
        ({"nodeId": "passed-1"}, "412"),
        ({"action": "maybe"}, "400"),
        ({"flowId": ""}, "400"),
    ],
)
async def test_an_approvals_refusal_is_a_code_in_a_200(named: Scene, changed: dict[str, str], code: str) -> None:
    heard = await named.speaks.approve(**changed)
    assert (heard.status, heard.json()["value"]["code"]) == (200, code)
    assert named.played.books.entries == []


async def test_an_approval_counts_once_as_the_flow_goes_on(named: Scene) -> None:
    codes = [(await named.speaks.approve()).json()["value"]["code"] for _ in range(2)]
    assert codes == ["204", "412"]


async def test_the_other_login_says_no_in_a_200(named: Scene) -> None:
    path, wrong = "/auth/openApi/v3/getAccessToken", named.speaks.account | {"appKey": "wrong"}
    heard = await named.speaks.say("POST", path, json=wrong)
    assert (heard.status, heard.json()["code"]) == (200, "403")
    right = await named.speaks.say("POST", path, json=named.speaks.account)
    named.speaks.token = right.json()["data"]["accessToken"]
    assert (await named.speaks.post("F1", "1.00")).status == 200


@pytest.mark.parametrize(("flow", "state"), [("F1", "paid"), ("unpaid-1", "paying")])
async def test_a_flow_is_told_by_its_id_with_the_number_that_was_set(named: Scene, flow: str, state: str) -> None:
    path = "/api/openapi/v1.1/flowDetails"
    await named.speaks.voucher(flow, voucherNo="V-1")
    told = await named.speaks.say("GET", path, params={"flowId": flow, "accessToken": named.speaks.token})
    value = told.json()["value"]
    assert (value["id"], value["state"], value["form"]["code"]) == (flow, state, f"B-{flow}")
    assert value["form"]["voucherNo"] == ("V-1" if state == "paid" else "")
    gone = await named.speaks.say("GET", path, params={"flowId": "unknown-1", "accessToken": named.speaks.token})
    assert (gone.status, gone.text) == (412, "单据已删除")


async def test_a_flow_tells_its_entity_and_its_details_make_what_is_paid(named: Scene) -> None:
    query = {"flowId": "1010-1", "accessToken": named.speaks.token}
    form = (await named.speaks.say("GET", "/api/openapi/v1.1/flowDetails", params=query)).json()["value"]["form"]
    spent = [Decimal(each["feeTypeForm"]["amount"]["standard"]) for each in form["details"]]
    assert (form["法人实体"], sum(spent)) == ("1010", Decimal(form["payMoney"]["standard"]))
