"""What Weaver e-cology has beyond the others: a registration, a user under RSA, approvals that end after some polls."""

import pytest
from sealing_by_rsa import sealed
from staged import Scene

SYSTEM = "weaver-ecology"


async def test_a_registration_gives_the_secret_under_its_misspelt_name(named: Scene) -> None:
    heard = await named.speaks.say("POST", "/api/ec/dev/auth/regist", headers={"appid": "relay-app", "cpk": "key"})
    assert heard.json()["secrit"] == named.speaks.account["secret"]
    assert heard.json()["spk"] == named.speaks.account["spk"]


async def test_a_user_that_it_doesnt_know_is_no_login(named: Scene) -> None:
    heard = await named.speaks.create({}, userid=sealed("2", named.speaks.account["spk"]))
    assert heard.json() == {"msg": "登录信息超时", "errorCode": "002", "status": False}


async def test_a_token_holds_as_long_as_it_was_asked_for(named: Scene) -> None:
    named.played.clock.move(3500)
    assert named.speaks.number(await named.speaks.post("B1", "1.00"))
    named.played.clock.move(200)
    assert named.speaks.number(await named.speaks.post("B2", "1.00")) is None


@pytest.mark.parametrize(
    ("fields", "code"), [({"workflowId": "27"}, "NO_PERMISSION"), ({"mainData": "<a/>"}, "PARAM_ERROR")]
)
async def test_refusals_are_a_200_with_a_code(named: Scene, fields: dict[str, str], code: str) -> None:
    heard = await named.speaks.post("B1", "1.00", **fields)
    assert (heard.status, heard.json()["code"]) == (200, code)


@pytest.mark.parametrize(("name", "end"), [("报销 B1", "3"), ("驳回 B1", "0")])
async def test_an_approval_ends_after_some_polls(named: Scene, name: str, end: str) -> None:
    number = named.speaks.number(await named.speaks.post("B1", "1.00", requestName=name))
    nodes = [(await named.speaks.status(number))["currentNodeType"] for _ in range(3)]
    assert nodes == ["1", "1", end]
