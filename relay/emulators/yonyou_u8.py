"""Yonyou U8 OpenAPI: token and accounts in the query, JSON under text/html, a biz_id or tradeid that makes one voucher.

From the open platform's pages on tradeid and biz_id, and from clients that were read. Inferred: that a repeat gets the
first answer again, the field `id` for the voucher's number (no page shows it), and all texts but the expired token's.
"""

import secrets
from collections.abc import Iterable
from typing import Any, ClassVar

from aiohttp import web

from relay.emulators.stage.answers import Declined, as_json
from relay.emulators.stage.books import Books, Entry
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.knobs import Knobs
from relay.emulators.stage.ledger import Unbalanced, balanced, first, missing
from relay.errors import RelayError
from relay.money import decode_json

DEBITS = ("natural_debit_currency", "debit_amount", "debit")
CREDITS = ("natural_credit_currency", "credit_amount", "credit")
DEMANDED = ("voucher_type", "date", "accounting_period", "debit", "credit")


class Played(Emulator):
    """With sync=0, which it takes unless told otherwise, an answer is an address: the result is there after `polls`
    questions."""

    title = "Yonyou U8 OpenAPI (用友 U8)"
    docs = "https://open.yonyouup.com/apiCenter/tradeid_get"
    account: ClassVar = {
        "from_account": "relay",
        "to_account": "relay-u8",
        "app_key": "opa-relay",
        "app_secret": "u8-app-secret",
    }
    polls: ClassVar = 2

    def __init__(self, books: Books, knobs: Knobs) -> None:
        super().__init__(books, knobs)
        self._made: dict[str, Entry] = {}
        self._trades: set[str] = set()
        self._asked: dict[str, int] = {}
        self._results: dict[str, dict[str, Any]] = {}

    def routes(self) -> Iterable[web.RouteDef]:
        yield self.on(Purpose.LOGIN, "GET", "/system/token", self._token)
        yield self.on(Purpose.LOGIN, "GET", "/system/tradeid", self._trade)
        yield self.on(Purpose.POSTING, "POST", "/api/voucher/add", self._add)
        yield self.on(Purpose.ASKING, "GET", "/result", self._result)

    def throttled(self, request: web.Request) -> web.Response:
        """Its agent in the customer's house is down or busy."""
        return _refused("30005", "ERP服务器连接失败，请检查用友开放平台客户端是否在线")

    def closed(self, request: web.Request) -> web.Response:
        return _refused("50001", "凭证所在会计期间已结账")

    async def _token(self, request: web.Request) -> web.Response:
        names = ("from_account", "app_key", "app_secret")
        wrong = next((name for name in names if request.query.get(name) != self.account[name]), None)
        if wrong:
            return _refused("20004", f"参数{wrong}错误")
        return _said({"token": {"id": self.sessions.begin(), "expiresIn": 7200}})

    async def _trade(self, request: web.Request) -> web.Response:
        self._check_token(request)
        trade = secrets.token_hex(16)
        self._trades.add(trade)
        return _said({"trade": {"id": trade}})

    async def _add(self, request: web.Request) -> web.Response:
        self._check_token(request)
        if request.query.get("to_account") != self.account["to_account"]:
            return _refused("20003", "参数to_account错误")
        key = self._key(request)
        entry = self._made.get(key) or self._booked(key, decode_json(await request.read()))
        result = {"id": entry.number, "tradeid": request.query.get("tradeid", "")}
        if request.query.get("sync", "0") == "1":
            return _said(result)
        return _said({"url": f"{request.url.origin()}/result?requestid={self._kept(entry, result)}"})

    def _key(self, request: web.Request) -> str:
        """What makes it one voucher, however often it is sent; "" where the caller gave nothing."""
        trade = request.query.get("tradeid", "")
        if trade and trade not in self._trades:
            raise Declined(_refused("20011", "参数tradeid无效"))
        return request.query.get("biz_id") or trade

    def _booked(self, key: str, body: dict[str, Any]) -> Entry:
        voucher = body.get("voucher") or {}
        amount = _checked(voucher)
        number = str(self.books.next_number("voucher"))
        entry = Entry(number=number, key=key or number, kind="voucher", state="saved", amount=amount, document=voucher)
        if key:
            self._made[key] = entry
        return self.books.post(entry)

    def _kept(self, entry: Entry, result: dict[str, Any]) -> str:
        self._results[f"r{entry.number}"] = result
        return f"r{entry.number}"

    async def _result(self, request: web.Request) -> web.Response:
        asked = request.query.get("requestid", "")
        if asked not in self._results:
            return _refused("20012", "参数requestid无效")
        self._asked[asked] = self._asked.get(asked, 0) + 1
        if self._asked[asked] <= self.polls:
            return _refused("20030", "任务正在处理中，请稍后查询")
        return _said(self._results[asked])

    def _check_token(self, request: web.Request) -> None:
        if request.query.get("app_key") != self.account["app_key"]:
            raise Declined(_refused("20002", "参数app_key错误"))
        if not self.sessions.holds(request.query.get("token")):
            raise Declined(_refused("20008", "参数token已过期"))


def _checked(voucher: dict[str, Any]) -> Any:
    if lacking := missing(voucher, DEMANDED):
        raise Declined(_refused("40001", f"缺少参数{lacking}"))
    debit, credit = (voucher[side].get("entry") or [] for side in ("debit", "credit"))
    if any(missing(line, ("account_code",)) for line in [*debit, *credit]):
        raise Declined(_refused("40002", "分录科目编码不能为空"))
    lines = [(first(line, DEBITS), None) for line in debit] + [(None, first(line, CREDITS)) for line in credit]
    try:
        return balanced(lines)
    except Unbalanced:
        raise Declined(_refused("50002", "凭证借贷不平衡")) from None
    except RelayError:
        raise Declined(_refused("40003", "分录金额格式不正确")) from None


def _said(more: dict[str, Any]) -> web.Response:
    """JSON, and called HTML as the real one does."""
    return as_json({"errcode": "0", "errmsg": "成功", **more}, content_type="text/html")


def _refused(code: str, why: str) -> web.Response:
    return as_json({"errcode": code, "errmsg": why}, content_type="text/html")
