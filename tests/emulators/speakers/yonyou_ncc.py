"""Speaks to Yonyou NC Cloud, signing without a salt."""

import hashlib
from typing import Any, ClassVar

from sealing_by_rsa import sealed
from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob

VOUCHER = (
    '{{"accbookCode": "1001-0001", "prepareddate": "2026-03-01", "year": "2026", "period": "03", "vouchertype": "01",'
    ' "prepared": "relay", "detail": ['
    '{{"detailindex": 1, "explanation": "差旅", "accountCode": "6602", "localdebitamount": {debit}}},'
    '{{"detailindex": 2, "explanation": "差旅", "accountCode": "2241", "localcreditamount": {credit}}}]}}'
)


class Speaks(Speaker):
    wrong_login = '"code":"1000000008"'
    missing = "不能为空"
    lost_session = '"code":"1000000012"'
    unbalanced = "借贷不平衡"
    repeat = Repeat.REFUSED
    says: ClassVar = {Knob.THROTTLE: '"code":"1000000005"', Knob.CLOSED_PERIOD: "已结账"}
    token = ""

    async def log_in(self) -> None:
        self.token = (await self.ask_token(self.account["client_secret"])).json()["data"]["access_token"]

    async def log_in_wrongly(self) -> Heard:
        return await self.ask_token("wrong")

    async def post(self, key: str, debit: str, credit: str | None = None, **headers: str) -> Heard:
        return await self.insert(VOUCHER.format(debit=debit, credit=credit or debit), busi_id=key, **headers)

    async def post_incomplete(self, key: str) -> Heard:
        return await self.insert('{"year": "2026"}', busi_id=key)

    def number(self, heard: Heard) -> str | None:
        return str(heard.json()["data"]["num"]) if heard.json()["success"] else None

    async def insert(self, body: str, **headers: str) -> Heard:
        signed = {"access_token": self.token, "client_id": "relay", "ucg_flag": "y", "repeat_check": "Y"}
        signed["signature"] = self.hashed("relay" + body)
        return await self.say("POST", "/nccloud/api/gl/voucher/insert", data=body.encode(), headers=signed | headers)

    async def ask_token(self, secret: str, **asked: Any) -> Heard:
        client = {"grant_type": "client_credentials", "client_id": "relay", "biz_center": "001"}
        client["client_secret"] = sealed(secret, self.account["public_key"])
        client["signature"] = self.hashed("relay" + secret)
        return await self.say("POST", "/nccloud/opm/accesstoken", params=client | asked)

    def hashed(self, text: str) -> str:
        return hashlib.sha256((text + self.account["public_key"]).encode()).hexdigest()
