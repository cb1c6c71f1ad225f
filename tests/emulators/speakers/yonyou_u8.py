"""Speaks to Yonyou U8 OpenAPI, and waits for its answer (sync=1)."""

from typing import Any, ClassVar

from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob

VOUCHER = (
    '{{"voucher": {{"voucher_type": "记", "enter": "relay", "date": "2026-03-01", "accounting_period": "3",'
    ' "debit": {{"entry": [{{"abstract": "差旅", "account_code": "6602", "natural_debit_currency": "{debit}"}}]}},'
    ' "credit": {{"entry": [{{"account_code": "2241", "natural_credit_currency": "{credit}"}}]}}}}}}'
)


class Speaks(Speaker):
    wrong_login = "参数app_secret错误"
    missing = "缺少参数date"
    lost_session = "参数token已过期"
    unbalanced = "借贷不平衡"
    repeat = Repeat.KNOWN
    says: ClassVar = {Knob.THROTTLE: "ERP服务器连接失败", Knob.CLOSED_PERIOD: "已结账"}
    token = ""

    async def log_in(self) -> None:
        self.token = (await self._log_in(self.account["app_secret"])).json()["token"]["id"]

    async def log_in_wrongly(self) -> Heard:
        return await self._log_in("wrong")

    async def post(self, key: str, debit: str, credit: str | None = None, **query: Any) -> Heard:
        body = VOUCHER.format(debit=debit, credit=credit or debit)
        return await self.add(body, **(query or {"biz_id": key, "sync": "1"}))

    async def post_incomplete(self, key: str) -> Heard:
        return await self.add('{"voucher": {"voucher_type": "记"}}', biz_id=key, sync="1")

    def number(self, heard: Heard) -> str | None:
        return heard.json().get("id") if heard.json()["errcode"] == "0" else None

    async def add(self, body: str, **query: Any) -> Heard:
        return await self.say("POST", "/api/voucher/add", data=body.encode(), params={**self.caller(), **query})

    def caller(self) -> dict[str, str]:
        named = {name: self.account[name] for name in ("from_account", "to_account", "app_key")}
        return {**named, "token": self.token}

    async def _log_in(self, secret: str) -> Heard:
        query = {"from_account": "relay", "app_key": self.account["app_key"], "app_secret": secret}
        return await self.say("GET", "/system/token", params=query)
