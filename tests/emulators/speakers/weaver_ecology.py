"""Speaks to Weaver e-cology: forms in, and the approval asked for by its request's id."""

from typing import Any, ClassVar

from sealing_by_rsa import sealed
from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob

MAIN = '[{{"fieldName": "reference", "fieldValue": "{key}"}}, {{"fieldName": "je", "fieldValue": "{amount}"}}]'


class Speaks(Speaker):
    wrong_login = "secret解密失败"
    missing = "不能为空"
    lost_session = "token不存在或者超时"
    repeat = Repeat.DOUBLED
    says: ClassVar = {Knob.THROTTLE: "SYSTEM_INNER_ERROR"}
    token = ""

    async def log_in(self) -> None:
        self.token = (await self.apply(self.account["secret"])).json()["token"]

    async def log_in_wrongly(self) -> Heard:
        return await self.apply("wrong")

    async def post(self, key: str, debit: str, credit: str | None = None, **fields: str) -> Heard:
        asked = {"workflowId": "26", "requestName": f"报销 {key}", "mainData": MAIN.format(key=key, amount=debit)}
        return await self.create(asked | fields)

    async def post_incomplete(self, key: str) -> Heard:
        return await self.create({"workflowId": "26", "requestName": key})

    def number(self, heard: Heard) -> str | None:
        said = heard.json()
        return str(said["data"]["requestid"]) if said.get("code") == "SUCCESS" else None

    async def apply(self, secret: str) -> Heard:
        headers = {"appid": "relay-app", "secret": sealed(secret, self.account["spk"]), "time": "3600"}
        return await self.say("POST", "/api/ec/dev/auth/applytoken", headers=headers)

    async def create(self, form: dict[str, str], **headers: str) -> Heard:
        return await self.say(
            "POST", "/api/workflow/paService/doCreateRequest", data=form, headers=self.signed() | headers
        )

    async def status(self, number: str) -> Any:
        path = f"/api/workflow/paService/getRequestStatus?requestId={number}"
        return (await self.say("GET", path, headers=self.signed())).json()["data"]

    def signed(self) -> dict[str, str]:
        return {"token": self.token, "appid": "relay-app", "userid": sealed("1", self.account["spk"])}
