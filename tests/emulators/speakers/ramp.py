"""Speaks to Ramp."""

from typing import Any, ClassVar

from aiohttp import encode_basic_auth
from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob


class Speaks(Speaker):
    wrong_login = "invalid_client"
    lost_session = "invalid or has expired"
    missing = "sync_type is required"
    amounts = False
    repeat = Repeat.KNOWN
    says: ClassVar = {Knob.THROTTLE: "Too many requests"}
    token = ""

    async def log_in(self) -> None:
        self.token = (await self.fetch(self.account["client_secret"])).json()["access_token"]

    async def log_in_wrongly(self) -> Heard:
        return await self.fetch("wrong")

    async def fetch(self, secret: str) -> Heard:
        headers = {"Authorization": encode_basic_auth(self.account["client_id"], secret)}
        form = {"grant_type": "client_credentials", "scope": "accounting:write"}
        return await self.say("POST", "/developer/v1/token", data=form, headers=headers)

    async def post(self, key: str, debit: str, credit: str | None = None) -> Heard:
        return await self.sync(key, sync_type="TRANSACTION_SYNC")

    async def post_incomplete(self, key: str) -> Heard:
        return await self.sync(key)

    def number(self, heard: Heard) -> str | None:
        return heard.json().get("id") if heard.text.startswith("{") else None

    async def sync(self, key: str, **fields: Any) -> Heard:
        asked = {"idempotency_key": key, "successful_syncs": [{"id": key, "reference_id": "V-1"}]} | fields
        headers = {"Authorization": f"Bearer {self.token}"}
        return await self.say("POST", "/developer/v1/accounting/syncs", json=asked, headers=headers)
