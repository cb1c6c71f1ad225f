"""Speaks to WeCom's approvals."""

from typing import Any, ClassVar

from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob


class Speaks(Speaker):
    wrong_login = "invalid credential"
    lost_session = "access_token expired"
    missing = "creator_userid is required"
    repeat = Repeat.DOUBLED
    says: ClassVar = {Knob.THROTTLE: "45009"}
    token = ""

    async def log_in(self) -> None:
        self.token = (await self.say("GET", "/cgi-bin/gettoken", params=self.account)).json()["access_token"]

    async def log_in_wrongly(self) -> Heard:
        return await self.say("GET", "/cgi-bin/gettoken", params=self.account | {"corpsecret": "wrong"})

    async def post(self, key: str, debit: str, credit: str | None = None) -> Heard:
        return await self.apply(key, debit, creator_userid="u1")

    async def post_incomplete(self, key: str) -> Heard:
        return await self.apply(key, "1.00")

    def number(self, heard: Heard) -> str | None:
        return heard.json().get("sp_no") if heard.text.startswith("{") else None

    async def apply(self, key: str, amount: str, reason: str = "差旅", **fields: Any) -> Heard:
        contents = [
            {"control": "Text", "id": "Text-1", "value": {"text": key}},
            {"control": "Textarea", "id": "Textarea-1", "value": {"text": reason}},
            {"control": "Money", "id": "Money-1", "value": {"new_money": amount}},
        ]
        summary = [{"summary_info": [{"text": key, "lang": "zh_CN"}]}]
        asked = {"template_id": "template-expense", "apply_data": {"contents": contents}, "summary_list": summary}
        return await self.call("applyevent", asked | fields)

    async def call(self, name: str, body: dict[str, Any]) -> Heard:
        query = {"access_token": self.token} if self.token else {}
        return await self.say("POST", f"/cgi-bin/oa/{name}", params=query, json=body)
