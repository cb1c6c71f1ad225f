"""WeCom's approvals: how they end, and errcodes inside HTTP 200."""

import pytest
from staged import Scene

SYSTEM = "wecom-approval"


@pytest.mark.parametrize(("reason", "end"), [("差旅", 2), ("请驳回", 3)])
async def test_an_approval_ends_after_two_questions(named: Scene, reason: str, end: int) -> None:
    number = named.speaks.number(await named.speaks.apply("B1", "1.00", reason, creator_userid="u1"))
    details = [(await named.speaks.call("getapprovaldetail", {"sp_no": number})).json() for _ in range(3)]
    assert [each["info"]["sp_status"] for each in details] == [1, 1, end]


@pytest.mark.parametrize(("token", "code"), [("", 41001), ("made-up", 40014)])
async def test_each_wrong_token_has_its_own_code_in_a_200(named: Scene, token: str, code: int) -> None:
    named.speaks.token = token
    heard = await named.speaks.post("B1", "1.00")
    assert (heard.status, heard.json()["errcode"]) == (200, code)


async def test_a_wrong_parameter_is_301025_in_a_200(named: Scene) -> None:
    for heard in (
        await named.speaks.apply("B1", "much", creator_userid="u1"),
        await named.speaks.apply("B1", "1.00", creator_userid="u1", apply_data={"contents": [{"control": "Text"}]}),
        await named.speaks.call("getapprovaldetail", {"sp_no": "none"}),
    ):
        assert (heard.status, heard.json()["errcode"]) == (200, 301025)
