"""Speaks to Yonyou NC's exchange platform in GBK."""

from typing import ClassVar
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring
from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob

ENVELOPE = (
    '<?xml version="1.0" encoding="{charset}"?><ufinterface account="develop" billtype="vouchergl" sender="{sender}"'
    ' replace="{replace}" isexchange="Y" roottag="" groupcode="G01">{vouchers}</ufinterface>'
)
VOUCHER = (
    '<voucher id="{key}"><voucher_head><pk_accountingbook>1001-0001</pk_accountingbook>'
    "<pk_vouchertype>01</pk_vouchertype><year>2026</year><period>03</period><prepareddate>2026-03-01</prepareddate>"
    "<details><item><explanation>差旅</explanation><accsubjcode>6602</accsubjcode>"
    "<localdebitamount>{debit}</localdebitamount></item><item><accsubjcode>2241</accsubjcode>"
    "<localcreditamount>{credit}</localcreditamount></item></details></voucher_head></voucher>"
)


class Speaks(Speaker):
    wrong_login = "未在外部系统信息设置中注册"
    missing = "不能为空"
    unbalanced = "借贷不平衡"
    repeat = Repeat.REFUSED
    says: ClassVar = {Knob.THROTTLE: "Service Unavailable", Knob.CLOSED_PERIOD: "已结账"}

    async def log_in_wrongly(self) -> Heard:
        return await self.send(VOUCHER.format(key="B1", debit="1", credit="1"), sender="nobody")

    async def post(self, key: str, debit: str, credit: str | None = None, replace: str = "N") -> Heard:
        return await self.send(VOUCHER.format(key=key, debit=debit, credit=credit or debit), replace=replace)

    async def post_incomplete(self, key: str) -> Heard:
        return await self.send(f'<voucher id="{key}"><voucher_head><year>2026</year></voucher_head></voucher>')

    def number(self, heard: Heard) -> str | None:
        if heard.status != 200 or self.root(heard).get("successful") != "Y":
            return None
        return self.root(heard).findtext("sendresult/content").rpartition("-")[2]

    def root(self, heard: Heard) -> Element:
        return fromstring(heard.text)

    async def send(
        self, vouchers: str, sender: str = "relay", replace: str = "N", charset: str = "GBK", declared: str = ""
    ) -> Heard:
        body = ENVELOPE.format(charset=declared or charset, sender=sender, replace=replace, vouchers=vouchers)
        return await self.say(
            "POST",
            "/service/XChangeServlet?account=develop&groupcode=G01",
            data=body.encode(charset),
            headers={"Content-Type": "text/xml"},
        )
