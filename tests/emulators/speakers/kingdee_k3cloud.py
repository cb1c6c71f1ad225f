"""Speaks to Kingdee K/3 Cloud: its login by password, and Save alone; the chain has a test of its own."""

from typing import Any, ClassVar

from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob

STUB = "/k3cloud/Kingdee.BOS.WebApi.ServicesStub"
LINE = '{{"FACCOUNTID": {{"FNumber": "{account}"}}, "FEXPLANATION": "差旅", "{side}": {amount}}}'
VOUCHER = (
    '{{"formid": "GL_VOUCHER", "data": {{"ValidateRepeatJson": "true", "Model": {{'
    ' "FAccountBookID": {{"FNumber": "001"}}, "FDate": "2026-03-01",'
    ' "FVOUCHERGROUPID": {{"FNumber": "PRE001"}}, "F_RELAY_KEY": "{key}",'
    ' "FEntity": [{debit}, {credit}]}}}}}}'
)


class Speaks(Speaker):
    wrong_login = '"LoginResultType":0'
    missing = "必填"
    lost_session = "会话信息已丢失"
    unbalanced = "借贷不平衡"
    repeat = Repeat.REFUSED
    says: ClassVar = {Knob.THROTTLE: '"MsgCode":14', Knob.CLOSED_PERIOD: "已结账"}

    async def log_in(self) -> None:
        await self._log_in(self.account["password"])

    async def log_in_wrongly(self) -> Heard:
        return await self._log_in("wrong")

    async def post(self, key: str, debit: str, credit: str | None = None, account: str = "6602") -> Heard:
        lines = {
            "debit": LINE.format(account=account, side="FDEBIT", amount=debit),
            "credit": LINE.format(account="2241", side="FCREDIT", amount=credit or debit),
        }
        return await self.form("Save", VOUCHER.format(key=key, **lines).encode())

    async def post_incomplete(self, key: str) -> Heard:
        return await self.form("Save", b'{"formid": "GL_VOUCHER", "data": {"Model": {"FDate": "2026-03-01"}}}')

    def number(self, heard: Heard) -> str | None:
        return heard.json()["Result"]["Number"] or None

    async def ask(self, key: str) -> str | None:
        rows = await self.rows(f"F_RELAY_KEY = '{key}'")
        return rows[0][1] if rows else None

    async def rows(self, where: str) -> Any:
        data = {"FormId": "GL_VOUCHER", "FieldKeys": "FVOUCHERID,FBillNo,FDocumentStatus", "FilterString": where}
        return (await self.form("ExecuteBillQuery", json={"data": data})).json()

    async def form(self, what: str, body: bytes | None = None, **options: Any) -> Heard:
        return await self.say("POST", f"{STUB}.DynamicFormService.{what}.common.kdsvc", data=body, **options)

    async def auth(self, what: str, body: Any) -> Heard:
        return await self.say("POST", f"{STUB}.AuthService.{what}.common.kdsvc", json=body)

    async def _log_in(self, password: str) -> Heard:
        user = {"acctID": self.account["acctID"], "username": self.account["username"], "lcid": 2052}
        return await self.auth("ValidateUser", {**user, "password": password})
