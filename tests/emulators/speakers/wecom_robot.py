"""Speaks to WeCom's group robot."""

from typing import Any, ClassVar

from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob


class Speaks(Speaker):
    wrong_login = "93000"
    missing = "44004"
    amounts = numbers = False
    repeat = Repeat.DOUBLED
    says: ClassVar = {Knob.THROTTLE: "45009"}

    async def log_in_wrongly(self) -> Heard:
        return await self.say("POST", "/cgi-bin/webhook/send?key=wrong", json={})

    async def post(self, key: str, debit: str, credit: str | None = None) -> Heard:
        return await self.send({"msgtype": "text", "text": {"content": key}})

    async def post_incomplete(self, key: str) -> Heard:
        return await self.send({"msgtype": "text", "text": {}})

    def number(self, heard: Heard) -> str | None:
        return "" if heard.text.startswith("{") and heard.json()["errcode"] == 0 else None

    async def send(self, message: Any) -> Heard:
        return await self.say("POST", "/cgi-bin/webhook/send", params=self.account, json=message)
