"""Speaks to Yonyou YonBIP."""

import hashlib
import hmac
from base64 import b64encode
from typing import Any, ClassVar

from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob

VOUCHERS = "/iuap-api-gateway/yonbip/fi/ficloud/openapi/voucher"
VOUCHER = (
    '{{"businessId": "{key}", "accbookCode": "book003", "voucherTypeCode": "01", "period": "2019-03",'
    ' "makerMobile": "13800000000", "bodies": ['
    '{{"description": "差旅", "accsubjectCode": "6602", "debitOriginal": {debit}, "debitOrg": {debit}}},'
    '{{"description": "差旅", "accsubjectCode": "2241", "creditOriginal": {credit}, "creditOrg": {credit}}}]}}'
)


class Speaks(Speaker):
    wrong_login = '"code":"10019"'
    missing = "账簿code不能为空"
    lost_session = "310036"
    unbalanced = "借贷不平衡"
    repeat = Repeat.KNOWN
    says: ClassVar = {Knob.THROTTLE: "310046", Knob.CLOSED_PERIOD: "已结账"}
    token = ""

    async def log_in(self) -> None:
        self.token = (await self._log_in(self.account["appSecret"])).json()["data"]["access_token"]

    async def log_in_wrongly(self) -> Heard:
        return await self._log_in("wrong")

    async def post(self, key: str, debit: str, credit: str | None = None) -> Heard:
        return await self.voucher("addVoucher", VOUCHER.format(key=key, debit=debit, credit=credit or debit))

    async def post_incomplete(self, key: str) -> Heard:
        return await self.voucher("addVoucher", f'{{"businessId": "{key}"}}')

    def number(self, heard: Heard) -> str | None:
        said = heard.json()
        return str(said["data"]["billCode"]) if said["code"] == "200" else None

    async def ask(self, key: str) -> str | None:
        body = '{"accbookCode": "book003", "periodStart": "2019-03", "periodEnd": "2019-03"}'
        rows = (await self.voucher("queryVouchers", body)).json()["data"]["recordList"]
        return next((str(row["header"]["billcode"]) for row in rows if row["header"]["businessId"] == key), None)

    async def voucher(self, what: str, body: str, **query: Any) -> Heard:
        query = query or {"access_token": self.token}
        return await self.say("POST", f"{VOUCHERS}/{what}", data=body.encode(), params=query)

    async def _log_in(self, secret: str, app: str = "relay-app-key") -> Heard:
        signed = hmac.new(secret.encode(), f"appKey{app}timestamp1700000000000".encode(), hashlib.sha256).digest()
        query = {"appKey": app, "timestamp": "1700000000000", "signature": b64encode(signed).decode()}
        return await self.say("GET", "/iuap-api-auth/open-auth/selfAppAuth/base/v1/getAccessToken", params=query)
