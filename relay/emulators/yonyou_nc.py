"""Yonyou NC's exchange platform (XChangeServlet): vouchers as XML, answered one by one in the charset they came in.

No login: a registered sender is believed. From the data dictionary's chapter on it, and from receipts that were read.
Inferred: the texts of refusals (what replace="N" says to a known id too), result code -1 for all of them, and HTTP 503
when it is busy. The names of a line's fields are each site's own; these are the usual ones.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar
from xml.etree.ElementTree import Element, SubElement, tostring

from aiohttp import web

from relay.emulators.stage.books import Entry
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.knobs import Knob
from relay.emulators.stage.ledger import Unbalanced, balanced
from relay.emulators.stage.xml import BadXml, as_xml, charset_of, read_xml, text
from relay.errors import RelayError

DEMANDED = ("pk_accountingbook", "pk_vouchertype", "year", "period", "prepareddate")
DONE, FAILED = "1", "-1"


class Refused(RelayError):
    """Why a voucher isn't booked, in the system's words."""


class Played(Emulator):
    """A voucher's id is known for ever: with replace="Y" its voucher is overwritten, with "N" the repeat is refused."""

    title = "Yonyou NC, exchange platform (用友 NC 外部交换平台)"
    docs = "https://community.yonyou.com/datadict/bipbook/chapter2706"
    account: ClassVar = {"account": "develop", "groupcode": "G01", "sender": "relay"}
    spared: ClassVar = frozenset({Knob.EXPIRE_SESSIONS})

    def routes(self) -> Iterable[web.RouteDef]:
        yield self.on(Purpose.POSTING, "POST", "/service/XChangeServlet", self._exchange)

    def throttled(self, request: web.Request) -> web.Response:
        return web.Response(status=503, text="Service Unavailable")

    def closed(self, request: web.Request) -> web.Response:
        root = _receipt("", {})
        _add_result(root, "", FAILED, "单据开始处理... 期间已结账，不能保存凭证")
        return as_xml(root, request.charset or "UTF-8")

    async def _exchange(self, request: web.Request) -> web.Response:
        body = await request.read()
        charset = charset_of(body, request.charset)
        try:
            sent = read_xml(body, charset)
        except BadXml as error:
            root = _receipt("", {})
            _add_result(root, "", FAILED, f"XML解析错误：{error}")
            return as_xml(root)
        root = _receipt(sent.get("billtype", ""), sent.attrib)
        if sent.get("sender") != self.account["sender"] or request.query.get("account") != self.account["account"]:
            _add_result(root, "", FAILED, f"发送方{sent.get('sender')}未在外部系统信息设置中注册，或账套不存在")
            return as_xml(root, charset)
        for voucher in sent.findall("voucher"):
            self._judge(root, voucher, sent.get("replace", "N"))
        return as_xml(root, charset)

    def _judge(self, root: Element, voucher: Element, replace: str) -> None:
        key = voucher.get("id", "")
        try:
            entry = self._booked(key, voucher, replace)
        except Refused as refused:
            _add_result(root, key, FAILED, f"单据{key}开始处理... {refused}")
            return
        head = voucher.find("voucher_head")
        content = f"{text(head, 'year')}.{text(head, 'period')}-记账凭证-{entry.number}" if head is not None else ""
        _add_result(root, key, DONE, f"单据{key}开始处理... 单据{key}处理完毕!", content)

    def _booked(self, key: str, voucher: Element, replace: str) -> Entry:
        amount = _amount(key, voucher)
        document = tostring(voucher, encoding="unicode")
        known = self.books.find(key)
        if known and replace != "Y":
            raise Refused(f"单据{key}已导入，不允许重复导入")
        if known:
            known.amount, known.document = amount, document
            return known
        number = str(self.books.next_number("voucher"))
        return self.books.post(
            Entry(number=number, key=key, kind="voucher", state="saved", amount=amount, document=document)
        )


def _amount(key: str, voucher: Element) -> Decimal:
    head = voucher.find("voucher_head")
    if not key or head is None:
        raise Refused("单据缺少id或voucher_head")
    lacking = next((name for name in DEMANDED if not text(head, name)), None)
    if lacking:
        raise Refused(f"字段{lacking}不能为空")
    lines = head.findall("details/item")
    if any(not text(line, "accsubjcode") for line in lines):
        raise Refused("分录科目不能为空")
    try:
        return balanced((_of(line, "debit"), _of(line, "credit")) for line in lines)
    except Unbalanced:
        raise Refused("凭证借贷不平衡") from None
    except RelayError:
        raise Refused("金额格式不正确") from None


def _of(line: Element, side: str) -> str:
    return text(line, f"local{side}amount") or text(line, f"{side}amount")


def _receipt(billtype: str, sent: dict[str, str]) -> Element:
    """It repeats the request's attributes."""
    said = {**sent, "billtype": billtype, "roottag": "sendresult", "successful": "Y"}
    return Element("ufinterface", said)


def _add_result(root: Element, key: str, code: str, why: str, content: str = "") -> None:
    """One voucher's result; one that failed makes the whole unsuccessful."""
    result = SubElement(root, "sendresult")
    for name, value in (
        ("billpk", ""),
        ("bdocid", key),
        ("filename", root.get("filename", "")),
        ("resultcode", code),
        ("resultdescription", why),
        ("content", content),
    ):
        SubElement(result, name).text = value
    if code != DONE:
        root.set("successful", "N")
