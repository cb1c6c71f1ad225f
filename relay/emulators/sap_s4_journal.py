"""SAP S/4HANA's journal entries over SOAP, and the items that were posted, over OData.

Documented: the service, Basic and no CSRF (community.sap.com, "Guidelines for API Journal Entry - Post"), and that it
knows no double (SAP KBA 2931385). Seen in recorded answers: HTTP 200 with severity 3 and no document number, and the
codes 605(RW), 609(RW), 507(F5). Inferred: codes of other refusals, a fault for what isn't SOAP, and 503 when busy."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import ClassVar
from xml.etree.ElementTree import Element

from aiohttp import web
from jinja2 import Environment

from relay.emulators.stage import odata
from relay.emulators.stage.answers import as_json
from relay.emulators.stage.books import Entry
from relay.emulators.stage.checks import Wrong, amount, code_of
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.knobs import Knob
from relay.emulators.stage.wire import is_user
from relay.emulators.stage.xml import BadXml, read_xml, text
from relay.errors import RelayError
from relay.money import CONTEXT

SERVICE = "/sap/bc/srt/scs_ext/sap/journalentrycreaterequestconfi"
ITEMS = "/sap/opu/odata/sap/API_OPLACCTGDOCITEMCUBE_SRV/A_OperationalAcctgDocItemCube"
KIND = "journal entry"
FIELDS = ("CompanyCode", "AccountingDocumentType", "DocumentDate", "PostingDate", "CreatedByUser")
LINES = {"Item": "GLAccount", "DebtorItem": "Debtor", "CreditorItem": "Creditor"}
_PAGES = Environment(autoescape=True)
CONFIRMED = _PAGES.from_string(
    """<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/"><soap-env:Header/><soap-env:Body>
<n0:JournalEntryBulkCreateConfirmation xmlns:n0="http://sap.com/xi/SAPSCORE/SFIN"><Log/>
{% for each in confirmations %}<JournalEntryCreateConfirmation>
<MessageHeader><ReferenceID>{{ each.reference }}</ReferenceID></MessageHeader>
<JournalEntryCreateConfirmation><AccountingDocument>{{ each.number }}</AccountingDocument>
<CompanyCode>{{ each.company }}</CompanyCode><FiscalYear>{{ each.year }}</FiscalYear></JournalEntryCreateConfirmation>
<Log><MaximumLogItemSeverityCode>{{ each.severity }}</MaximumLogItemSeverityCode>
{% for type, note in each.notes %}<Item><TypeID>{{ type }}</TypeID><SeverityCode>{{ each.severity }}</SeverityCode>
<Note>{{ note }}</Note></Item>{% endfor %}</Log>
</JournalEntryCreateConfirmation>{% endfor %}
</n0:JournalEntryBulkCreateConfirmation></soap-env:Body></soap-env:Envelope>"""
)
FAULT = _PAGES.from_string(
    """<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/"><soap-env:Body><soap-env:Fault>
<faultcode>soap-env:Client</faultcode><faultstring xml:lang="en">{{ reason }}</faultstring></soap-env:Fault>
</soap-env:Body></soap-env:Envelope>"""
)


class Played(Emulator):
    """Answers 200 to what it posted and to what it refused, and books whatever it is sent twice."""

    title = "SAP S/4HANA, journal entries over SOAP"
    docs = "https://community.sap.com (Guidelines for API Journal Entry - Post)"
    account: ClassVar = {"username": "RELAY", "password": "s4-password"}
    spared: ClassVar = frozenset({Knob.EXPIRE_SESSIONS})

    def routes(self) -> Iterable[web.RouteDef]:
        yield self.on(Purpose.POSTING, "POST", SERVICE, self._post)
        yield self.on(Purpose.ASKING, "GET", ITEMS, self._find)

    def throttled(self, request: web.Request) -> web.Response:
        return web.Response(status=503, text="Service Unavailable", headers={"Retry-After": "1"})

    def closed(self, request: web.Request) -> web.Response:
        return _confirmed([_refused("", "", Wrong("Posting period 003 2026 is not open", "201(F5)"))])

    def _is_known(self, request: web.Request) -> bool:
        return is_user(request, self.account["username"], self.account["password"])

    async def _post(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _unknown()
        try:
            bulk = read_xml(await request.read(), "UTF-8").find("Body/JournalEntryBulkCreateRequest")
        except BadXml as error:
            return _fault(str(error))
        asked = [] if bulk is None else bulk.findall("JournalEntryCreateRequest")
        return (
            _confirmed([self._confirmation(each) for each in asked])
            if asked
            else _fault("Web service processing error")
        )

    def _confirmation(self, asked: Element) -> dict[str, object]:
        reference, company = text(asked, "MessageHeader/ID"), text(asked, "JournalEntry/CompanyCode")
        try:
            entry = self.books.post(self._entry(asked))
        except RelayError as error:
            return _refused(reference, company, error)
        note = f"Document posted successfully: BKPFF {entry.number}{company}{entry.document[0]['FiscalYear']}"
        return {
            "reference": reference,
            "number": entry.number,
            "company": company,
            "year": entry.document[0]["FiscalYear"],
            "severity": 1,
            "notes": [("605(RW)", note)],
        }

    def _entry(self, asked: Element) -> Entry:
        journal = asked.find("JournalEntry")
        if journal is None:
            raise Wrong("JournalEntry is required")
        for name in FIELDS:
            if not text(journal, name):
                raise Wrong(f"{name} is required")
        number = f"{100000000 + self.books.next_number(KIND):010}"
        rows = list(_rows(journal, number))
        return Entry(
            number=number,
            key=text(journal, "DocumentReferenceID"),
            kind=KIND,
            state="posted",
            amount=_debit(rows),
            document=rows,
        )

    async def _find(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _unknown()
        wanted = odata.terms(request.query.get("$filter", ""))
        if wanted is None:
            body = {"code": "/IWBEP/CM_MGW_RT/022", "message": {"lang": "en", "value": "Invalid token in the filter"}}
            return as_json({"error": body}, 400)
        rows = [row for entry in self.books.under(wanted.get("DocumentReferenceID")) for row in entry.document]
        return as_json({"d": {"results": odata.found(rows, wanted)}})


def _rows(journal: Element, number: str) -> Iterator[dict[str, str]]:
    """Each line as its OData item. Raises RelayError."""
    lines = [(line, LINES[line.tag]) for line in journal if line.tag in LINES]
    for at, (line, account) in enumerate(lines, 1):
        money = line.find("AmountInTransactionCurrency")
        if money is None or not money.get("currencyCode"):
            raise Wrong(f"AmountInTransactionCurrency with its currencyCode is required in {line.tag}")
        if not text(line, account).isdecimal():
            raise Wrong(f"G/L account {text(line, account)} is not defined in chart of accounts YCOA", "507(F5)")
        yield {
            "CompanyCode": text(journal, "CompanyCode"),
            "FiscalYear": text(journal, "PostingDate")[:4],
            "AccountingDocument": number,
            "AccountingDocumentItem": f"{at:03}",
            "DocumentReferenceID": text(journal, "DocumentReferenceID"),
            account: text(line, account),
            "TransactionCurrency": money.get("currencyCode", ""),
            "AmountInTransactionCurrency": str(amount((money.text or "").strip())),
        }


def _debit(rows: list[dict[str, str]]) -> Decimal:
    """Debits are above zero, credits below. Raises Wrong where they don't make zero."""
    amounts = [Decimal(row["AmountInTransactionCurrency"]) for row in rows]
    debit = credit = Decimal(0)
    for each in amounts:
        debit, credit = CONTEXT.add(debit, max(each, Decimal(0))), CONTEXT.add(credit, min(each, Decimal(0)))
    if debit + credit or not debit:
        raise Wrong("Balance in transaction currency", "702(F5)")
    return debit


def _refused(reference: str, company: str, error: RelayError) -> dict[str, object]:
    return {
        "reference": reference,
        "number": "0000000000",
        "company": company,
        "year": "0000",
        "severity": 3,
        "notes": [("609(RW)", "Error in document: BKPFF $ S4H"), (code_of(error, "808(F5)"), str(error))],
    }


def _confirmed(confirmations: list[dict[str, object]]) -> web.Response:
    return web.Response(text=CONFIRMED.render(confirmations=confirmations), content_type="text/xml")


def _fault(reason: str) -> web.Response:
    return web.Response(status=500, text=FAULT.render(reason=reason), content_type="text/xml")


def _unknown() -> web.Response:
    return web.Response(status=401, text="Logon failed", headers={"WWW-Authenticate": 'Basic realm="SAP"'})
