"""Speaks to Seeyon A8, its token in the header."""

from typing import Any, ClassVar

from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob


class Speaks(Speaker):
    wrong_login = '{"id":"-1"}'
    missing = "不能为空"
    lost_session = "Token无效"
    repeat = Repeat.DOUBLED
    says: ClassVar = {Knob.THROTTLE: "系统繁忙"}
    token = ""

    async def log_in(self) -> None:
        self.token = (await self.ask_token()).json()["id"]

    async def log_in_wrongly(self) -> Heard:
        return await self.ask_token(password="wrong")

    async def post(self, key: str, debit: str, credit: str | None = None, **data: Any) -> Heard:
        main = {"formmain_0018": {"单据编号": key, "金额": debit}, "formson_0019": []}
        asked = {"templateCode": "EXPENSE", "draft": "0", "subject": f"报销 {key}", "attachments": [], "data": main}
        return await self.start({"appName": "collaboration", "data": asked | data})

    async def post_incomplete(self, key: str) -> Heard:
        return await self.start({"appName": "collaboration", "data": {"subject": key}})

    def number(self, heard: Heard) -> str | None:
        said = heard.json()
        return said["data"]["processId"] if said["code"] == 0 else None

    async def ask_token(self, **wrong: str) -> Heard:
        asked = {name: self.account[name] for name in ("userName", "password", "loginName")}
        return await self.say("POST", "/seeyon/rest/token", json=asked | wrong)

    async def start(self, body: Any) -> Heard:
        return await self.say("POST", "/seeyon/rest/bpm/process/start", json=body, headers={"token": self.token})

    async def state(self, number: str) -> Heard:
        return await self.say("GET", f"/seeyon/rest/flow/state/{number}?token={self.token}")
