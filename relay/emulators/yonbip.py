"""Yonyou YonBIP and YonSuite: the gateway of a tenant, the signed token, vouchers that a businessId makes once.

From the open platform's pages on the gateway, addVoucher and queryVouchers; its platform codes as probed by others.
Inferred: that the windows of its idempotency (an hour, thirty days) hold for a voucher's businessId, the code 10019 for
a wrong signature, and the text for a closed period.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import uuid4

from aiohttp import web

from relay.emulators.stage.answers import Declined, as_json
from relay.emulators.stage.books import Books, Entry
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.knobs import Knobs
from relay.emulators.stage.ledger import Unbalanced, balanced, missing
from relay.errors import RelayError
from relay.money import decode_json

GATEWAY, TOKENS = "/iuap-api-gateway", "/iuap-api-auth"
VOUCHERS = f"{GATEWAY}/yonbip/fi/ficloud/openapi/voucher"
DEMANDED = {
    "accbookCode": "账簿code不能为空！",
    "voucherTypeCode": "凭证类型code不能为空！",
    "bodies": "分录不能为空！",
}
DEMANDED_OF_LINE = ("description", "accsubjectCode")
WHOLE_FOR_S, KNOWN_FOR_S = 3600, 30 * 86400
MOST_ROWS = 1000


class Played(Emulator):
    """A known businessId gets its whole first answer for an hour, its id alone for thirty days, and is then new."""

    title = "Yonyou YonBIP (用友 YonBIP)"
    docs = "https://open.yonyoucloud.com/"
    account: ClassVar = {"tenantId": "relay-tenant", "appKey": "relay-app-key", "appSecret": "relay-app-secret"}

    def __init__(self, books: Books, knobs: Knobs) -> None:
        super().__init__(books, knobs)
        self._first: dict[str, tuple[float, dict[str, Any]]] = {}

    def routes(self) -> Iterable[web.RouteDef]:
        yield self.on(Purpose.LOGIN, "GET", "/open-auth/dataCenter/getGatewayAddress", self._gateway)
        for version in ("/base/v1", ""):
            path = f"{TOKENS}/open-auth/selfAppAuth{version}/getAccessToken"
            yield self.on(Purpose.LOGIN, "GET", path, self._token)
        yield self.on(Purpose.POSTING, "POST", f"{VOUCHERS}/addVoucher", self._add)
        yield self.on(Purpose.ASKING, "POST", f"{VOUCHERS}/queryVouchers", self._query)
        yield self.on(Purpose.ASKING, "*", f"{GATEWAY}/{{path:.*}}", self._nowhere)

    def throttled(self, request: web.Request) -> web.Response:
        return _said("310046", "当前租户调用接口次数超过限制，请稍后再试")

    def closed(self, request: web.Request) -> web.Response:
        return _said("404", "凭证保存不成功,会计期间已结账！", {})

    async def _gateway(self, request: web.Request) -> web.Response:
        if request.query.get("tenantId") != self.account["tenantId"]:
            return _said("50000", "租户不存在")
        here = str(request.url.origin())
        return _said("00000", "成功！", {"tokenUrl": here + TOKENS, "gatewayUrl": here + GATEWAY})

    async def _token(self, request: web.Request) -> web.Response:
        app, time = request.query.get("appKey", ""), request.query.get("timestamp", "")
        if app != self.account["appKey"]:
            return _said("10018", "appKey不存在")
        signed = hmac.new(self.account["appSecret"].encode(), f"appKey{app}timestamp{time}".encode(), hashlib.sha256)
        if not hmac.compare_digest(b64encode(signed.digest()), request.query.get("signature", "").encode()):
            return _said("10019", "签名错误")
        return _said("00000", "成功！", {"access_token": f"{self.sessions.begin()}+/=", "expire": 7200})

    async def _add(self, request: web.Request) -> web.Response:
        self._check_token(request)
        voucher = decode_json(await request.read())
        amount = _checked(voucher)
        if known := self._known(voucher.get("businessId")):
            return _said("200", "OK", known)
        number = self.books.next_number("voucher")
        key = voucher.get("businessId") or voucher.get("externalSourceDataId") or str(number)
        made = {
            "voucherId": str(uuid4()).upper(),
            "voucherStatus": "01",
            "period": voucher.get("period"),
            "billCode": number,
            "totalDebitOrg": amount,
            "totalCreditOrg": amount,
        }
        self.books.post(
            Entry(number=str(number), key=key, kind="voucher", state="01", amount=amount, document={**voucher, **made})
        )
        if voucher.get("businessId"):
            self._first[key] = (self.clock.now(), made)
        return _said("200", "OK", made)

    def _known(self, business_id: str | None) -> dict[str, Any] | None:
        """What a repeat gets: all of the first answer, its id alone, or None where it counts as new."""
        at, made = self._first.get(business_id or "", (0, {}))
        age = self.clock.now() - at
        if age >= KNOWN_FOR_S:
            return None
        return made if age < WHOLE_FOR_S else {"voucherId": made["voucherId"]}

    async def _query(self, request: web.Request) -> web.Response:
        """By book, periods and voucher numbers; without periods only this month's, as documented."""
        self._check_token(request)
        asked = decode_json(await request.read())
        if not asked.get("accbookCode"):
            return _said("404", DEMANDED["accbookCode"], {})
        found = [_record(entry) for entry in self.books.entries if _fits(entry, asked, self._month())]
        pager = asked.get("pager") or {}
        size, page = min(pager.get("pageSize") or 10, MOST_ROWS), pager.get("pageIndex") or 1
        rows = found[size * (page - 1) : size * page]
        counts = {"pageIndex": page, "pageSize": size, "recordCount": len(found)}
        return _said("200", "OK", {**counts, "recordList": rows})

    def _month(self) -> str:
        return f"{datetime.fromtimestamp(self.clock.now(), UTC):%Y-%m}"

    async def _nowhere(self, request: web.Request) -> web.Response:
        return _said("310404", f"网关上没有注册此API[{request.path.removeprefix(GATEWAY)}]", status=404)

    def _check_token(self, request: web.Request) -> None:
        token = request.query.get("access_token")
        if not token:
            raise Declined(_said("310001", "access_token不能为空"))
        if not self.sessions.holds(token.removesuffix("+/=")):
            raise Declined(_said("310036", "非法token"))


def _checked(voucher: dict[str, Any]) -> Any:
    if lacking := missing(voucher, DEMANDED):
        raise _unsaved(DEMANDED[lacking])
    if not voucher.get("makerMobile") and not voucher.get("makerEmail"):
        raise _unsaved("制单人手机号、邮箱不能都为空！")
    for at, line in enumerate(voucher["bodies"], 1):
        if lacking := missing(line, DEMANDED_OF_LINE):
            raise _unsaved(f"第{at}条分录{lacking}不能为空！")
    try:
        return balanced((line.get("debitOrg"), line.get("creditOrg")) for line in voucher["bodies"])
    except Unbalanced:
        raise _unsaved("凭证借贷不平衡！") from None
    except RelayError:
        raise _unsaved("金额格式不正确！") from None


def _fits(entry: Entry, asked: dict[str, Any], month: str) -> bool:
    voucher = entry.document
    first, last = asked.get("periodStart") or month, asked.get("periodEnd") or asked.get("periodStart") or month
    low, high = asked.get("billcodeMin") or 0, asked.get("billcodeMax") or voucher["billCode"]
    in_book = voucher["accbookCode"] == asked["accbookCode"]
    return in_book and first <= (voucher.get("period") or month) <= last and low <= voucher["billCode"] <= high


def _record(entry: Entry) -> dict[str, Any]:
    """A list's row: its header speaks in small letters, as the real one's does."""
    voucher = entry.document
    names = ("businessId", "externalSourceDataId", "externalSourceDataType", "description")
    header = {
        "id": voucher["voucherId"],
        "billcode": voucher["billCode"],
        "displayname": f"记-{voucher['billCode']}",
        "voucherstatus": voucher["voucherStatus"],
        "period": voucher.get("period"),
        "totaldebit_org": entry.amount,
        "totalcredit_org": entry.amount,
        **{name: voucher.get(name) for name in names},
    }
    return {"header": header, "body": voucher["bodies"]}


def _unsaved(why: str) -> Declined:
    return Declined(_said("404", f"凭证保存不成功,{why}", {}))


def _said(code: str, message: str, data: Any = None, status: int = 200) -> web.Response:
    said = {"code": code, "message": message}
    return as_json(said if data is None else {**said, "data": data}, status=status)
