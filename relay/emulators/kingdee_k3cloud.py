"""Kingdee K/3 Cloud: the WebAPI's logins, and the chain save, submit, audit, all answered with HTTP 200.

MsgCodes and shapes as public clients of it read them. Inferred, for want of a page: the texts of refusals, that a
repeated FBillNo is refused, that submitting or auditing twice is, and that account 9999 is the one that doesn't exist.
"""

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from aiohttp import web

from relay.emulators.kingdee.k3_logins import Logins
from relay.emulators.kingdee.k3_words import declined, refusal, refused, sent_by
from relay.emulators.stage.answers import as_json
from relay.emulators.stage.books import Books, Entry
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.knobs import Knobs
from relay.emulators.stage.ledger import Unbalanced, balanced, missing
from relay.emulators.stage.lockout import Lockout
from relay.errors import RelayError
from relay.money import decode_json, encode_json

STUB = "/k3cloud/Kingdee.BOS.WebApi.ServicesStub"
VOUCHER = "GL_VOUCHER"
DEMANDED = ("FAccountBookID", "FDate", "FVOUCHERGROUPID", "FEntity")
NO_SUCH_ACCOUNT = "9999"
FIRST_ID = 100001
MOST_ROWS = 2000
LOST = "会话信息已丢失，请重新登录"
IDS, NUMBERS = {"FVOUCHERID", "FID"}, {"FBillNo", "FVOUCHERGROUPNO"}
_EQUALS = re.compile(r"(\w+(?:\.\w+)?)\s*=\s*'([^']*)'")
_LOST, _NOT_FOUND, _EMPTY, _INVALID, _NOT_ALLOWED, _LOCKED, _TOO_MANY, _BAD = 1, 10, 9, 11, 12, 13, 14, 8


class Played(Emulator):
    """A voucher's state is Kingdee's letter: A created, B submitted, C audited. Five wrong logins shut a user out."""

    title = "Kingdee K/3 Cloud (云星空)"
    docs = "https://openapi.open.kingdee.com/ApiCenterDoc"
    account: ClassVar = {
        "acctID": "5f0000000000aa",
        "username": "relay",
        "password": "k3-password",
        "appId": "100001_RELAY",
        "appSecret": "k3-app-secret",
    }
    session_s: ClassVar = 1200

    def __init__(self, books: Books, knobs: Knobs) -> None:
        super().__init__(books, knobs)
        self._logins = Logins(self.account, self.sessions, Lockout(self.clock))
        self._models: set[bytes] = set()

    def routes(self) -> Iterable[web.RouteDef]:
        for name, login in self._logins.ways():
            yield self.on(Purpose.LOGIN, "POST", f"{STUB}.AuthService.{name}.common.kdsvc", login)
        forms = f"{STUB}.DynamicFormService"
        yield self.on(Purpose.POSTING, "POST", f"{forms}.Save.common.kdsvc", self._save)
        yield self.on(Purpose.POSTING, "POST", f"{forms}.Submit.common.kdsvc", self._submit)
        yield self.on(Purpose.POSTING, "POST", f"{forms}.Audit.common.kdsvc", self._audit)
        yield self.on(Purpose.ASKING, "POST", f"{forms}.ExecuteBillQuery.common.kdsvc", self._query)

    def throttled(self, request: web.Request) -> web.Response:
        """Its lock on a bill for what changes one, its limit of calls for the rest."""
        if ".Submit." in request.path or ".Audit." in request.path:
            return refusal(_LOCKED, "与其他操作存在网络控制冲突，请稍后再试")
        return refusal(_TOO_MANY, "接口调用次数超过限制，请稍后再试")

    def closed(self, request: web.Request) -> web.Response:
        return refusal(_INVALID, "凭证日期所在的会计期间已结账", "FDate")

    async def _save(self, request: web.Request) -> web.Response:
        form, data = await self._asked(request)
        model = data.get("Model") or {}
        amount = _checked(model) if form == VOUCHER else None
        self._check_repeat(form, model, data)
        number = model.get("FBillNo") or str(self.books.next_number(form))
        state = "C" if _true(data.get("IsAutoSubmitAndAudit")) else "A"
        entry = Entry(number=number, key=_key(model) or number, kind=form, state=state, amount=amount, document=model)
        self._models.add(_written(form, model))
        return self._done([self.books.post(entry)])

    def _check_repeat(self, form: str, model: dict[str, Any], data: dict[str, Any]) -> None:
        own = model.get("FBillNo")
        if own and self.books.numbered(own, form):
            raise declined(_INVALID, f"单据编号“{own}”已经存在，编码必须唯一", "FBillNo")
        if _true(data.get("ValidateRepeatJson")) and _written(form, model) in self._models:
            raise declined(_INVALID, "Json数据重复，不允许重复提交")

    async def _submit(self, request: web.Request) -> web.Response:
        return await self._moved(request, "A", "B", "提交")

    async def _audit(self, request: web.Request) -> web.Response:
        return await self._moved(request, "B", "C", "审核")

    async def _moved(self, request: web.Request, before: str, after: str, verb: str) -> web.Response:
        form, data = await self._asked(request)
        entries = self._chosen(form, data)
        wrong = next((entry for entry in entries if entry.state != before), None)
        if wrong:
            raise declined(_NOT_ALLOWED, f"单据“{wrong.number}”的状态为{wrong.state}，不允许{verb}")
        for entry in entries:
            entry.state = after
        return self._done(entries)

    def _chosen(self, form: str, data: dict[str, Any]) -> list[Entry]:
        ids = [each.strip() for each in str(data.get("Ids") or "").split(",")]
        by_id = [self.books.entries[int(each) - FIRST_ID] for each in ids if self._is_id(each)]
        by_number = [self.books.numbered(number, form) for number in data.get("Numbers") or ()]
        found = [entry for entry in [*by_id, *by_number] if entry and entry.kind == form]
        if not found:
            raise declined(_NOT_FOUND, "单据不存在或已被删除")
        return found

    async def _query(self, request: web.Request) -> web.Response:
        """A refusal stands where rows would: in a list in a list."""
        if not self._in_session(request):
            return as_json([[refused(_LOST, LOST)]])
        _, data = await self._asked(request)
        wanted = _EQUALS.findall(str(data.get("FilterString") or ""))
        if not wanted:
            return as_json([[refused(_BAD, "过滤条件不正确", "FilterString")]])
        rows = [
            [self._field(at, entry, field.strip()) for field in str(data.get("FieldKeys") or "").split(",")]
            for at, entry in enumerate(self.books.entries, FIRST_ID)
            if entry.kind == data.get("FormId")
            and all(str(self._field(at, entry, field)) == value for field, value in wanted)
        ]
        return as_json(rows[: min(data.get("Limit") or MOST_ROWS, MOST_ROWS)])

    def _field(self, at: int, entry: Entry, field: str) -> Any:
        if field in IDS:
            return at
        if field in NUMBERS:
            return entry.number
        if field == "FDocumentStatus":
            return entry.state
        name, _, inner = field.partition(".")
        value = entry.document.get(name)
        return value.get(inner) if inner and isinstance(value, dict) else value

    async def _asked(self, request: web.Request) -> tuple[str, dict[str, Any]]:
        """The form and the data, of a body in either of its two envelopes."""
        if not self._in_session(request):
            raise declined(_LOST, LOST)
        sent = await sent_by(request)
        form, data = (sent.get("formid"), sent.get("data")) if isinstance(sent, dict) else (sent[0], sent[-1])
        data = decode_json(data.encode()) if isinstance(data, str) else data or {}
        return str(form or data.get("FormId") or ""), data

    def _in_session(self, request: web.Request) -> bool:
        return self.sessions.holds(request.cookies.get("kdservice-sessionid"))

    def _done(self, entries: list[Entry]) -> web.Response:
        made = [{"Id": self._id(entry), "Number": entry.number, "DIndex": at} for at, entry in enumerate(entries)]
        status = {"IsSuccess": True, "Errors": [], "SuccessEntitys": made, "SuccessMessages": [], "MsgCode": 0}
        first = {"Id": made[0]["Id"], "Number": made[0]["Number"], "NeedReturnData": [{}]}
        return as_json({"Result": {"ResponseStatus": status, **first}})

    def _id(self, entry: Entry) -> int:
        return FIRST_ID + self.books.place(entry)

    def _is_id(self, written: str) -> bool:
        return written.isdigit() and 0 <= int(written) - FIRST_ID < len(self.books.entries)


def _checked(model: dict[str, Any]) -> Any:
    """The voucher's amount; declines one that isn't fit to be booked."""
    if lacking := missing(model, DEMANDED):
        raise declined(_EMPTY, f"字段“{lacking}”是必填项", lacking)
    for at, line in enumerate(model["FEntity"]):
        if (line.get("FACCOUNTID") or {}).get("FNumber") in (None, "", NO_SUCH_ACCOUNT):
            raise declined(_INVALID, "科目不存在", "FACCOUNTID", at)
    try:
        return balanced((line.get("FDEBIT"), line.get("FCREDIT")) for line in model["FEntity"])
    except Unbalanced:
        raise declined(_INVALID, "凭证借贷不平衡", "FEntity") from None
    except RelayError:
        raise declined(_BAD, "金额格式不正确", "FEntity") from None


def _key(model: dict[str, Any]) -> str:
    """What its sender calls it: the bill's number, else the first text among the fields that a site added (F_…)."""
    own = (value for name, value in model.items() if name.startswith("F_") and isinstance(value, str))
    return str(model.get("FBillNo") or next(own, ""))


def _written(form: str, model: dict[str, Any]) -> bytes:
    return form.encode() + encode_json(model)


def _true(value: Any) -> bool:
    return str(value).lower() == "true"
