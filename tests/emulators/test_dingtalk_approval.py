"""DingTalk's approvals: how they end, and errors that are real HTTP ones."""

import pytest
from speakers.dingtalk_approval import form
from staged import Scene

SYSTEM = "dingtalk-approval"


@pytest.mark.parametrize(("reason", "result"), [("差旅", "agree"), ("请驳回", "refuse")])
async def test_an_approval_ends_after_two_questions(named: Scene, reason: str, result: str) -> None:
    asked = await named.speaks.create(originatorUserId="u1", formComponentValues=form("B1", "1.00", reason))
    number = named.speaks.number(asked)
    results = [(await named.speaks.result(number))["result"] for _ in range(3)]
    assert [each["status"] for each in results] == ["RUNNING", "RUNNING", "COMPLETED"]
    assert results[-1]["result"] == result


async def test_an_approval_tells_the_form_that_it_was_started_with(named: Scene) -> None:
    asked = await named.speaks.create(originatorUserId="u1", formComponentValues=form("B1", "1.00"))
    told = await named.speaks.result(named.speaks.number(asked))
    assert told["result"]["formComponentValues"] == form("B1", "1.00")


async def test_errors_are_http_errors_with_a_code(named: Scene) -> None:
    for fields, code in (
        ({"processCode": "PROC-OTHER"}, "processCodeError"),
        ({"formComponentValues": form("B1", "much")}, "processInstanceInvalidParameter"),
        ({"formComponentValues": ["B1"]}, "processInstanceInvalidParameter"),
    ):
        asked = {"originatorUserId": "u1", "formComponentValues": form("B1", "1.00")} | fields
        heard = await named.speaks.create(**asked)
        assert (heard.status, heard.json()["code"]) == (400, code)
    assert (await named.speaks.result("none"))["code"] == "processInstanceNotExist"


async def test_a_token_that_is_not_known_is_a_400(named: Scene) -> None:
    named.speaks.token = "made-up"
    assert (await named.speaks.post("B1", "1.00")).status == 400
