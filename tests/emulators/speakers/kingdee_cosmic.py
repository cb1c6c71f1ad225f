"""Speaks to Kingdee Cosmic, with the newer login."""

import time
from typing import Any, ClassVar

from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob

VOUCHER = '{{"billno": "{key}", "entries": [{{"debitlocal": {debit}}}, {{"creditlocal": {credit}}}]}}'


class Speaks(Speaker):
    wrong_login = '"errorCode":"401"'
    missing = "分录不能为空"
    lost_session = "请重新登录"
    unbalanced = "借贷不平衡"
    repeat = Repeat.KNOWN
    says: ClassVar = {Knob.THROTTLE: "过于频繁", Knob.CLOSED_PERIOD: "已结账"}
    token = ""

    async def log_in(self) -> None:
        self.token = (await self._log_in(self.account["client_secret"])).json()["data"]["access_token"]

    async def log_in_wrongly(self) -> Heard:
        return await self._log_in("wrong")

    async def post(self, key: str, debit: str, credit: str | None = None) -> Heard:
        return await self.save(VOUCHER.format(key=key, debit=debit, credit=credit or debit))

    async def post_incomplete(self, key: str) -> Heard:
        return await self.save(f'{{"billno": "{key}"}}')

    def number(self, heard: Heard) -> str | None:
        said = heard.json()
        return said["data"]["result"][0]["number"] if said["status"] and said["data"]["failCount"] == "0" else None

    async def ask(self, key: str) -> str | None:
        heard = await self.say(
            "POST", "/kapi/v2/kingdee/gl/gl_voucher/query", json={"data": {"billno": key}}, headers=self._token()
        )
        rows = heard.json()["data"]["rows"]
        return rows[0]["billno"] if rows else None

    async def save(self, *rows: str) -> Heard:
        body = f'{{"data": [{", ".join(rows)}]}}'.encode()
        return await self.say("POST", "/kapi/v2/kingdee/gl/gl_voucher/save", data=body, headers=self._token())

    async def classic(self, what: str, **asked: Any) -> Any:
        return (await self.say("POST", f"/ierp/api/{what}.do", json=asked)).json()

    async def _log_in(self, secret: str, **more: Any) -> Heard:
        asked = {"client_id": self.account["client_id"], "client_secret": secret, "username": "relay"}
        asked |= {"accountId": self.account["accountId"], "nonce": "n", "timestamp": int(time.time() * 1000), **more}
        return await self.say("POST", "/kapi/oauth2/getToken", json=asked)

    def _token(self) -> dict[str, str]:
        return {"access_token": self.token}
