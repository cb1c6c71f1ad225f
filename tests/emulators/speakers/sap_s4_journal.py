"""Speaks to SAP S/4HANA's journal entries over SOAP."""

from typing import ClassVar

from aiohttp import encode_basic_auth
from defusedxml.ElementTree import fromstring
from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob

SERVICE = "/sap/bc/srt/scs_ext/sap/journalentrycreaterequestconfi"
ITEMS = "/sap/opu/odata/sap/API_OPLACCTGDOCITEMCUBE_SRV/A_OperationalAcctgDocItemCube"
BULK = """<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>
<s:JournalEntryBulkCreateRequest xmlns:s="http://sap.com/xi/SAPSCORE/SFIN">{}</s:JournalEntryBulkCreateRequest>
</e:Body></e:Envelope>"""
JOURNAL = """<JournalEntryCreateRequest><MessageHeader><ID>r-{key}</ID></MessageHeader><JournalEntry>
<AccountingDocumentType>SA</AccountingDocumentType><DocumentReferenceID>{key}</DocumentReferenceID>
<CreatedByUser>RELAY</CreatedByUser><CompanyCode>{company}</CompanyCode>
<DocumentDate>2026-03-01</DocumentDate><PostingDate>2026-03-01</PostingDate>
<Item><GLAccount>{account}</GLAccount>
<AmountInTransactionCurrency currencyCode="CNY">{debit}</AmountInTransactionCurrency></Item>
<CreditorItem><Creditor>17300001</Creditor>
<AmountInTransactionCurrency currencyCode="CNY">-{credit}</AmountInTransactionCurrency></CreditorItem>
</JournalEntry></JournalEntryCreateRequest>"""


def journal(key: str, debit: str, credit: str, company: str = "1010", account: str = "0061003000") -> str:
    return JOURNAL.format(key=key, debit=debit, credit=credit, company=company, account=account)


class Speaks(Speaker):
    wrong_login = "Logon failed"
    missing = "CompanyCode is required"
    unbalanced = "702(F5)"
    repeat = Repeat.DOUBLED
    says: ClassVar = {Knob.THROTTLE: "Service Unavailable", Knob.CLOSED_PERIOD: "201(F5)"}

    async def log_in_wrongly(self) -> Heard:
        return await self.say("POST", SERVICE, headers={"Authorization": encode_basic_auth("RELAY", "wrong")})

    async def post(self, key: str, debit: str, credit: str | None = None) -> Heard:
        return await self.bulk(journal(key, debit, credit or debit))

    async def post_incomplete(self, key: str) -> Heard:
        return await self.bulk(journal(key, "1.00", "1.00", company=""))

    def number(self, heard: Heard) -> str | None:
        number = fromstring(heard.text).findtext(".//AccountingDocument") if heard.text.startswith("<soap") else None
        return None if number == "0000000000" else number

    async def ask(self, key: str) -> str | None:
        query = {"$filter": f"DocumentReferenceID eq '{key}' and CompanyCode eq '1010'"}
        rows = (await self.say("GET", ITEMS, headers=self.user(), params=query)).json()["d"]["results"]
        return rows[0]["AccountingDocument"] if rows else None

    async def bulk(self, *journals: str) -> Heard:
        headers = self.user() | {"Content-Type": "text/xml; charset=utf-8"}
        return await self.say("POST", SERVICE, data=BULK.format("".join(journals)).encode(), headers=headers)

    def user(self) -> dict[str, str]:
        return {"Authorization": encode_basic_auth(self.account["username"], self.account["password"])}
