"""Speaks to ekuaibao's open API: the suite writes voucher numbers."""

from typing import Any, ClassVar

from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob

VOUCHERS = "/api/openapi/v2.1/flow/data/erpVoucher"


class Speaks(Speaker):
    wrong_login = "appSecurity"
    lost_session = "accessToken"
    missing = "voucherNo is required"
    amounts = numbers = False
    repeat = Repeat.KNOWN
    says: ClassVar = {Knob.THROTTLE: "请求过于频繁"}
    token = ""

    async def log_in(self) -> None:
        heard = await self.say("POST", "/api/openapi/v1/auth/getAccessToken", json=self.account)
        self.token = heard.json()["value"]["accessToken"]

    async def log_in_wrongly(self) -> Heard:
        wrong = self.account | {"appSecurity": "wrong"}
        return await self.say("POST", "/api/openapi/v1/auth/getAccessToken", json=wrong)

    async def post(self, key: str, debit: str, credit: str | None = None) -> Heard:
        return await self.voucher(key, voucherNo="V-1")

    async def post_incomplete(self, key: str) -> Heard:
        return await self.voucher(key)

    def number(self, heard: Heard) -> str | None:
        return "" if heard.text.startswith("{") and heard.json().get("value") is True else None

    async def voucher(self, flow: str, **fields: Any) -> Heard:
        voucher = {"flowId": flow, "voucherCreateTime": "1772323200000"} | fields
        return await self.call("PUT", VOUCHERS, {"voucher": [voucher]})

    async def paid(self, *items: dict[str, str]) -> list[str]:
        heard = await self.call("POST", "/api/openapi/v1/paymentResults", {"items": items})
        return [each["code"] for each in heard.json()["items"]]

    async def approve(self, **changed: str) -> Heard:
        asked = {"signKey": self.account["signKey"], "flowId": "F1", "nodeId": "N1", "action": "accept"}
        return await self.call("POST", "/api/outbound/v1/approval", asked | changed)

    async def call(self, method: str, path: str, body: Any) -> Heard:
        return await self.say(method, path, params={"accessToken": self.token}, json=body)
