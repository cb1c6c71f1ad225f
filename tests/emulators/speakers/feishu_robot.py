"""Speaks to Feishu's group robot."""

import hashlib
import hmac
import time
from base64 import b64encode
from typing import Any, ClassVar

from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob


class Speaks(Speaker):
    wrong_login = "19021"
    missing = "9499"
    amounts = numbers = False
    repeat = Repeat.DOUBLED
    says: ClassVar = {Knob.THROTTLE: "11232"}

    async def log_in_wrongly(self) -> Heard:
        return await self.send({"msg_type": "text", "content": {"text": "B1"}}, sign="wrong")

    async def post(self, key: str, debit: str, credit: str | None = None) -> Heard:
        return await self.send({"msg_type": "text", "content": {"text": key}})

    async def post_incomplete(self, key: str) -> Heard:
        return await self.send({"msg_type": "text"})

    def number(self, heard: Heard) -> str | None:
        return "" if heard.text.startswith("{") and heard.json()["code"] == 0 else None

    async def send(self, message: dict[str, Any], ahead_s: int = 0, hook: str = "feishu-robot", **more: str) -> Heard:
        now = str(int(time.time()) + ahead_s)
        mac = hmac.new(f"{now}\n{self.account['secret']}".encode(), b"", hashlib.sha256)
        signed = {"timestamp": now, "sign": b64encode(mac.digest()).decode()}
        return await self.say("POST", f"/open-apis/bot/v2/hook/{hook}", json=signed | message | more)
