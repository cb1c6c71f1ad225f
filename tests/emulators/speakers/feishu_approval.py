"""Speaks to Feishu's approvals."""

import json
from typing import Any, ClassVar

from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob

BASE = "/open-apis/approval/v4"


class Speaks(Speaker):
    wrong_login = "app secret invalid"
    lost_session = "99991663"
    missing = "user_id is required"
    repeat = Repeat.REFUSED
    says: ClassVar = {Knob.THROTTLE: "1395001"}
    token = ""

    async def log_in(self) -> None:
        self.token = (await self.fetch(self.account)).json()["tenant_access_token"]

    async def log_in_wrongly(self) -> Heard:
        return await self.fetch(self.account | {"app_secret": "wrong"})

    async def fetch(self, account: dict[str, str]) -> Heard:
        return await self.say("POST", "/open-apis/auth/v3/tenant_access_token/internal", json=account)

    async def post(self, key: str, debit: str, credit: str | None = None) -> Heard:
        return await self.create(debit, user_id="u1", uuid=key)

    async def post_incomplete(self, key: str) -> Heard:
        return await self.create("1.00", uuid=key)

    def number(self, heard: Heard) -> str | None:
        return heard.json().get("data", {}).get("instance_code") if heard.text.startswith("{") else None

    async def ask(self, key: str) -> str | None:
        return self.number(await self.call("GET", f"instances/{key}"))

    async def create(self, amount: str, reason: str = "差旅", **fields: Any) -> Heard:
        form = [
            {"id": "reason", "type": "input", "value": reason},
            {"id": "amount", "type": "amount", "value": amount},
        ]
        asked = {"approval_code": "APPROVAL-EXPENSE", "form": json.dumps(form, ensure_ascii=False)}
        return await self.call("POST", "instances", asked | fields)

    async def call(self, method: str, path: str, body: Any = None) -> Heard:
        return await self.say(method, f"{BASE}/{path}", json=body, headers={"Authorization": f"Bearer {self.token}"})
