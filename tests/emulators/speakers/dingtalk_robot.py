"""Speaks to DingTalk's group robot."""

import hashlib
import hmac
import time
from base64 import b64encode
from typing import Any, ClassVar

from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob


class Speaks(Speaker):
    wrong_login = "token is not exist"
    missing = "content is required"
    amounts = numbers = False
    repeat = Repeat.DOUBLED
    says: ClassVar = {Knob.THROTTLE: "130101"}

    async def log_in_wrongly(self) -> Heard:
        return await self.send({}, access_token="wrong")

    async def post(self, key: str, debit: str, credit: str | None = None) -> Heard:
        return await self.send({"msgtype": "text", "text": {"content": key}})

    async def post_incomplete(self, key: str) -> Heard:
        return await self.send({"msgtype": "text", "text": {}})

    def number(self, heard: Heard) -> str | None:
        return "" if heard.text.startswith("{") and heard.json()["errcode"] == 0 else None

    async def send(self, message: Any, ahead_ms: int = 0, **query: str) -> Heard:
        secret, now = self.account["secret"], str(int(time.time() * 1000) + ahead_ms)
        mac = hmac.new(secret.encode(), f"{now}\n{secret}".encode(), hashlib.sha256)
        signed = {"timestamp": now, "sign": b64encode(mac.digest()).decode(), "access_token": "dingtalk-robot"}
        return await self.say("POST", "/robot/send", params=signed | query, json=message)
