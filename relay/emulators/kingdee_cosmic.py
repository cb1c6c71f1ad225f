"""Kingdee Cosmic (苍穹, 星瀚): its two logins, and saves that are judged row by row inside a status that says true.

From the knowledge base's page on getToken and save; the older login from clients of it, with their spelling appSecuret.
Inferred: that a bill number which is there makes an update, that a row's failure leaves the outer status true, the
query, and the codes of a lost session and of too many calls.
"""

import hmac
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from aiohttp import web

from relay.emulators.stage.answers import Declined, as_json
from relay.emulators.stage.books import Books, Entry
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.knobs import Knobs
from relay.emulators.stage.ledger import Unbalanced, balanced, first
from relay.emulators.stage.lockout import Lockout
from relay.errors import RelayError
from relay.money import decode_json

LINES = ("entries", "entryentity")
DEBITS = ("debitlocal", "debitori", "debit")
CREDITS = ("creditlocal", "creditori", "credit")
FIRST_ID = 1600000000000000001
MOST_TOKENS_A_MINUTE, SKEW_S = 30, 300


class Played(Emulator):
    """A voucher is a bill whose form ends in `voucher`; other forms have no two sides. `billno` is a bill's number."""

    title = "Kingdee Cosmic (金蝶云苍穹)"
    docs = "https://vip.kingdee.com/knowledge/218694224487485696"
    account: ClassVar = {
        "tenantid": "relay-tenant",
        "accountId": "1500000000000000001",
        "user": "relay",
        "appId": "relay-app",
        "appSecret": "cosmic-app-secret",
        "client_id": "relay-client",
        "client_secret": "cosmic-client-secret",
    }

    def __init__(self, books: Books, knobs: Knobs) -> None:
        super().__init__(books, knobs)
        self._lockout = Lockout(self.clock)
        self._taken: deque[float] = deque(maxlen=MOST_TOKENS_A_MINUTE)

    def routes(self) -> Iterable[web.RouteDef]:
        yield self.on(Purpose.LOGIN, "POST", "/ierp/api/getAppToken.do", self._app_token)
        yield self.on(Purpose.LOGIN, "POST", "/ierp/api/login.do", self._login)
        for base in ("", "/ierp"):
            yield self.on(Purpose.LOGIN, "POST", f"{base}/kapi/oauth2/getToken", self._token)
            yield self.on(Purpose.POSTING, "POST", f"{base}/kapi/v2/{{isv}}/{{app}}/{{form}}/save", self._save)
            yield self.on(Purpose.ASKING, "POST", f"{base}/kapi/v2/{{isv}}/{{app}}/{{form}}/query", self._query)

    def throttled(self, request: web.Request) -> web.Response:
        return _refused("604", "接口调用过于频繁，请稍后再试")

    def closed(self, request: web.Request) -> web.Response:
        return _saved([_row(0, "", ["凭证所在会计期间已结账"])])

    async def _app_token(self, request: web.Request) -> web.Response:
        asked = decode_json(await request.read())
        app = str(asked.get("appId"))
        if self._lockout.shuts_out(app):
            return _classic_error("login.loginLimit", "登录失败次数过多，请稍后再试")
        secret = asked.get("appSecuret") or asked.get("appSecret")
        if not self._is(asked, "appId", "accountId") or not _same(secret, self.account["appSecret"]):
            self._lockout.wrong(app)
            return _classic_error("login.loginBizException", "不正确的第三方appId或appSecret!")
        self._lockout.right(app)
        return as_json({"state": "success", "data": {"app_token": self.sessions.begin(), "expire_time": 7200000}})

    async def _login(self, request: web.Request) -> web.Response:
        asked = decode_json(await request.read())
        if not self.sessions.holds(asked.get("apptoken")):
            return _classic_error("login.apptokenInvalid", "apptoken无效或已过期")
        if not self._is(asked, "user", "accountId"):
            return _classic_error("login.userNotExist", "用户不存在")
        return as_json({"state": "success", "data": {"access_token": self.sessions.begin(), "expire_time": 7200000}})

    async def _token(self, request: web.Request) -> web.Response:
        asked = decode_json(await request.read())
        if self._too_often():
            return _refused("604", "获取token过于频繁，每分钟最多30次")
        if not _same(asked.get("client_secret"), self.account["client_secret"]) or not self._is(asked, "client_id"):
            return _refused("401", "client_id或client_secret错误", 401)
        if not self._is(asked, "accountId") or not asked.get("nonce") or not self._is_now(asked.get("timestamp")):
            return _refused("603", "参数不正确：accountId、nonce、timestamp")
        token = {"access_token": self.sessions.begin(), "refresh_token": self.sessions.begin(), "expires_in": 7200000}
        return _said(token)

    def _too_often(self) -> bool:
        now = self.clock.now()
        if len(self._taken) == MOST_TOKENS_A_MINUTE and now - self._taken[0] < 60:
            return True
        self._taken.append(now)
        return False

    def _is_now(self, timestamp: Any) -> bool:
        """In milliseconds, or as 2026-03-01 08:00:00; the latter is believed."""
        return not str(timestamp).isdigit() or abs(int(timestamp) / 1000 - self.clock.now()) <= SKEW_S

    def _is(self, asked: Mapping[str, Any], *names: str) -> bool:
        return all(asked.get(name) == self.account[name] for name in names)

    async def _save(self, request: web.Request) -> web.Response:
        self._check_token(request)
        rows = decode_json(await request.read()).get("data")
        if not isinstance(rows, list) or not rows:
            return _refused("603", "参数data不能为空")
        form = request.match_info["form"]
        return _saved([self._saved_row(at, form, row) for at, row in enumerate(rows)])

    def _saved_row(self, at: int, form: str, row: dict[str, Any]) -> dict[str, Any]:
        try:
            amount = _amount(row) if form.endswith("voucher") else None
        except RelayError as error:
            return _row(at, str(row.get("billno") or ""), [str(error)])
        known = self.books.numbered(str(row.get("billno")), form)
        if known:
            known.amount, known.document = amount, row
            return _row(at, known.number, id=self._id(known), type="Update")
        number = row.get("billno") or f"PZ-{self.books.next_number(form):04}"
        entry = Entry(number=number, key=number, kind=form, state="A", amount=amount, document=row)
        return _row(at, number, id=self._id(self.books.post(entry)), type="Add")

    async def _query(self, request: web.Request) -> web.Response:
        self._check_token(request)
        asked = decode_json(await request.read())
        wanted = (asked.get("data") or {}).get("billno")
        found = [
            {"id": self._id(entry), "billno": entry.number, "billstatus": entry.state}
            for entry in self._of(request.match_info["form"])
            if wanted in (None, entry.number)
        ]
        return _said({"rows": found, "totalCount": len(found), "pageNo": 1, "pageSize": 10, "lastPage": True})

    def _of(self, form: str) -> list[Entry]:
        return [entry for entry in self.books.entries if entry.kind == form]

    def _id(self, entry: Entry) -> str:
        return str(FIRST_ID + self.books.place(entry))

    def _check_token(self, request: web.Request) -> None:
        """In either spelling: nginx drops a header with an underscore unless it is told not to."""
        if not self.sessions.holds(request.headers.get("access_token") or request.headers.get("accesstoken")):
            raise Declined(_refused("401", "access_token无效或已过期，请重新登录", 401))


def _amount(row: dict[str, Any]) -> Any:
    lines = first(row, LINES)
    if not lines:
        raise RelayError("分录不能为空")
    try:
        return balanced((first(line, DEBITS), first(line, CREDITS)) for line in lines)
    except Unbalanced:
        raise RelayError("凭证借贷不平衡") from None


def _row(at: int, number: str, errors: list[str] | None = None, **more: str) -> dict[str, Any]:
    faults = [{"entityKey": "", "keys": {}, "rowMsg": errors}] if errors else []
    return {"billIndex": at, "billStatus": not errors, "errors": faults, "keys": {}, "number": number, **more}


def _saved(rows: list[dict[str, Any]]) -> web.Response:
    failed = sum(not row["billStatus"] for row in rows)
    return _said({"failCount": str(failed), "successCount": str(len(rows) - failed), "result": rows})


def _said(data: Any) -> web.Response:
    return as_json({"data": data, "errorCode": "0", "message": None, "status": True})


def _refused(code: str, why: str, status: int = 200) -> web.Response:
    return as_json({"data": None, "errorCode": code, "message": why, "status": False}, status=status)


def _classic_error(code: str, why: str) -> web.Response:
    return as_json({"state": "error", "errorCode": code, "errorMsg": why})


def _same(given: Any, secret: str) -> bool:
    return hmac.compare_digest(str(given).encode(), secret.encode())
