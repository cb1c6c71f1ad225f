"""Speaks to DingTalk's approvals."""

from typing import Any, ClassVar

from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob

INSTANCES = "/v1.0/workflow/processInstances"


class Speaks(Speaker):
    wrong_login = "invalidClientIdOrSecret"
    lost_session = "InvalidAuthentication"
    missing = "originatorUserId is required"
    repeat = Repeat.DOUBLED
    says: ClassVar = {Knob.THROTTLE: "QpsLimitForApi"}
    token = ""

    async def log_in(self) -> None:
        self.token = (await self.say("POST", "/v1.0/oauth2/accessToken", json=self.account)).json()["accessToken"]

    async def log_in_wrongly(self) -> Heard:
        return await self.say("POST", "/v1.0/oauth2/accessToken", json=self.account | {"appSecret": "wrong"})

    async def post(self, key: str, debit: str, credit: str | None = None) -> Heard:
        return await self.create(originatorUserId="u1", formComponentValues=form(key, debit))

    async def post_incomplete(self, key: str) -> Heard:
        return await self.create(formComponentValues=form(key, "1.00"))

    def number(self, heard: Heard) -> str | None:
        return heard.json().get("instanceId") if heard.text.startswith("{") else None

    async def create(self, **fields: Any) -> Heard:
        asked = {"processCode": "PROC-EXPENSE"} | fields
        return await self.say("POST", INSTANCES, json=asked, headers=self.header())

    async def result(self, number: str) -> Any:
        query = {"processInstanceId": number}
        return (await self.say("GET", INSTANCES, headers=self.header(), params=query)).json()

    def header(self) -> dict[str, str]:
        return {"x-acs-dingtalk-access-token": self.token}


def form(key: str, amount: str, reason: str = "差旅") -> list[dict[str, str]]:
    return [
        {"name": "单号", "value": key},
        {"name": "报销金额", "value": amount},
        {"name": "事由", "value": reason},
    ]
