"""合思 (ekuaibao): voucher numbers of paid flows, payment results and an EBot's approvals, written back to the origin.

Documented (github.com/ekuaibao/open-platform-docs): both logins, the token in the query, 400 for a flow that isn't
paid, 412 for an unknown one, codes for each payment, an approval's refusals inside HTTP 200, and a flow by its id
(docs/open-api/flows there). Inferred: 401 for a token that has ended, 429 when busy. There is no list of flows here,
so an id says what it is: unknown… isn't there, unpaid… isn't paid, passed… is a node that is no longer the current
one, and what stands before the first hyphen is the flow's 法人实体."""

from collections.abc import Iterable
from typing import Any, ClassVar

from aiohttp import web

from relay.emulators.stage.answers import as_json
from relay.emulators.stage.books import Entry
from relay.emulators.stage.checks import Wrong, code_of, objects, require
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.knobs import Knob
from relay.emulators.stage.wire import told
from relay.errors import RelayError

VOUCHER, PAYMENT, APPROVAL = "voucher number", "payment result", "approval"
RESULTS = {"P00001", "P00002"}
SPENT = (
    ("TRAVEL", "机票", "12000.00", "990.83"),
    ("HOTEL", "住宿", "9800.00", "554.72"),
    ("MEALS", "餐饮", "150.00", "0"),
)
SPENT_AT_MS = 1774972800000  # 2026-04-01 in China
UNKNOWN, UNPAID, PASSED = "unknown", "unpaid", "passed"


class Played(Emulator):
    """Sets what it is told: a voucher's number once more is the same one, a payment once more is R00002."""

    title = "合思 (ekuaibao) open API"
    docs = "https://github.com/ekuaibao/open-platform-docs"
    account: ClassVar = {"appKey": "ekuaibao-app", "appSecurity": "ekuaibao-secret", "signKey": "ekuaibao-sign-key"}
    spared: ClassVar = frozenset({Knob.CLOSED_PERIOD})

    def routes(self) -> Iterable[web.RouteDef]:
        yield self.on(Purpose.LOGIN, "POST", "/api/openapi/v1/auth/getAccessToken", self._log_in)
        yield self.on(Purpose.LOGIN, "POST", "/auth/openApi/v3/getAccessToken", self._log_in_v3)
        yield self.on(Purpose.POSTING, "PUT", "/api/openapi/v2.1/flow/data/erpVoucher", self._vouchers)
        yield self.on(Purpose.ASKING, "GET", "/api/openapi/v1.1/flowDetails", self._details)
        yield self.on(Purpose.POSTING, "POST", "/api/openapi/v1/paymentResults", self._payments)
        yield self.on(Purpose.POSTING, "POST", "/api/outbound/v1/approval", self._approval)

    def throttled(self, request: web.Request) -> web.Response:
        return _refused(429, "请求过于频繁")

    async def _token(self, request: web.Request) -> dict[str, Any] | None:
        given = await told(request)
        if any(given.get(name) != self.account[name] for name in ("appKey", "appSecurity")):
            return None
        token, ends = self.sessions.begin(), int((self.clock.now() + self.session_s) * 1000)
        return {"accessToken": token, "refreshToken": token[::-1], "expireTime": ends, "corporationId": "corp-1"}

    async def _log_in(self, request: web.Request) -> web.Response:
        token = await self._token(request)
        return as_json({"value": token}) if token else _refused(403, "appKey或appSecurity不正确")

    async def _log_in_v3(self, request: web.Request) -> web.Response:
        token = await self._token(request)
        if token is None:
            return as_json({"code": "403", "msg": "appKey或appSecurity不正确", "data": None})
        return as_json({"code": "200", "msg": "成功", "data": token})

    def _is_known(self, request: web.Request) -> bool:
        return self.sessions.holds(request.query.get("accessToken"))

    async def _vouchers(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _unknown()
        try:
            vouchers = objects((await told(request)).get("voucher"))
            for each in vouchers:
                _check_flow(each)
        except RelayError as error:
            return _refused(int(code_of(error, "400")), str(error))
        for each in vouchers:
            self._set_voucher(each)
        return as_json({"value": True})

    def _set_voucher(self, voucher: dict[str, Any]) -> None:
        """An empty number takes it away again."""
        flow = str(voucher["flowId"])
        known = self.books.find(flow, VOUCHER)
        if known is None:
            known = self.books.post(Entry(number=flow, key=flow, kind=VOUCHER, state="", amount=None, document=voucher))
        known.document, known.state = voucher, "set" if voucher["voucherNo"] else "cleared"

    async def _details(self, request: web.Request) -> web.Response:
        """Of a flow that is thought up: its number ends as its id does, and its voucher's is the one that was set."""
        if not self._is_known(request):
            return _unknown()
        flow = request.query.get("flowId", "")
        if not flow or flow.startswith(UNKNOWN):
            return web.Response(status=412, text="单据已删除")
        state = "paying" if flow.startswith(UNPAID) else "paid"
        form = self._form(flow)
        return as_json({"value": {"id": flow, "state": state, "formType": "expense", "active": True, "form": form}})

    def _form(self, flow: str) -> dict[str, Any]:
        known = self.books.find(flow, VOUCHER)
        return {
            "code": f"B-{flow}",
            "title": "差旅费",
            "法人实体": flow.partition("-")[0],
            "submitterId": "corp-1:staff-1",
            "expenseDepartment": "corp-1:dept-1",
            "expenseDate": SPENT_AT_MS,
            "details": [_spent(*each) for each in SPENT],
            "payMoney": _money("21950.00"),
            "voucherNo": known.document["voucherNo"] if known else "",
        }

    async def _payments(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _unknown()
        items = objects((await told(request)).get("items"))
        return as_json({"items": [{"id": item.get("id"), "code": self._paid(item)} for item in items]})

    def _paid(self, item: dict[str, Any]) -> str:
        """The code of one payment: each of a call has its own."""
        flow, code = str(item.get("id") or ""), item.get("code")
        if not flow or flow.startswith(UNKNOWN):
            return "R00001"
        if flow.startswith(UNPAID):
            return "R00003"
        if code not in RESULTS:
            return "R00005"
        if self.books.find(flow, PAYMENT):
            return "R00002"
        self.books.post(Entry(number=flow, key=flow, kind=PAYMENT, state=str(code), amount=None, document=item))
        return "R00000"

    async def _approval(self, request: web.Request) -> web.Response:
        """Whatever comes of it is a code inside HTTP 200."""
        if not self._is_known(request):
            return _unknown()
        try:
            asked = await told(request)
            require(asked, "signKey", "flowId", "nodeId", "action")
            self._approve(asked)
        except RelayError as error:
            return as_json({"value": {"code": code_of(error, "400"), "message": str(error)}})
        return as_json({"value": {"code": "204", "message": "EBot执行完成"}})

    def _approve(self, asked: dict[str, Any]) -> None:
        key = f"{asked['flowId']}/{asked['nodeId']}"
        if asked["signKey"] != self.account["signKey"]:
            raise Wrong("签名密钥不正确", "401")
        if asked["action"] not in {"accept", "refuse"}:
            raise Wrong("action不正确")
        if str(asked["nodeId"]).startswith(PASSED) or self.books.find(key, APPROVAL):
            raise Wrong("当前审批节点不是EBot节点", "412")
        self.books.post(
            Entry(number=key, key=key, kind=APPROVAL, state=str(asked["action"]), amount=None, document=asked)
        )


def _check_flow(voucher: dict[str, Any]) -> None:
    """Raises Wrong. An empty number is allowed: it clears."""
    require(voucher, "flowId", "voucherCreateTime")
    flow = str(voucher["flowId"])
    if not isinstance(voucher.get("voucherNo"), str):
        raise Wrong("voucherNo is required")
    if flow.startswith(UNKNOWN):
        raise Wrong(f"单据{flow}不存在", "412")
    if flow.startswith(UNPAID):
        raise Wrong(f"单据{flow}不是已支付状态，不能回写单据凭证", "400")


def _spent(code: str, name: str, amount: str, tax: str) -> dict[str, Any]:
    """One of a flow's details; an invoice tells the tax that can be deducted, and one of no tax is none."""
    invoices = [{"invoiceId": f"corp-1:{code}", "taxAmount": _money(tax)}] if tax != "0" else []
    told = {"type": "exist", "invoices": invoices} if invoices else {"type": "noWrite"}
    form = {"amount": _money(amount), "feeDate": SPENT_AT_MS, "consumptionReasons": name, "invoiceForm": told}
    kind = {"id": f"corp-1:{code}", "name": name, "parentId": "", "active": True, "code": code}
    return {"feeTypeId": kind["id"], "feeTypeForm": form, "feeType": kind}


def _money(amount: str) -> dict[str, Any]:
    return {"standard": amount, "standardScale": 2, "standardNumCode": "156", "standardStrCode": "CNY"}


def _unknown() -> web.Response:
    return _refused(401, "accessToken无效或已过期")


def _refused(status: int, text: str) -> web.Response:
    return as_json({"errorCode": status, "errorMessage": text}, status)
