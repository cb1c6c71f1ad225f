"""Oracle Fusion Cloud ERP: payables invoices, which it knows again, and journals by file, which run as a job.

Documented: both resources, the job's states, the callback's JSON (docs.oracle.com: farfa "Manage Payables Invoices",
op-erpintegrations-post, "Verify Receipt by Oracle Cloud ERP"), the columns of GL_INTERFACE. Inferred: an invoice of the
same supplier and number is a double, errors are text below REST-Framework-Version 4, and 429 when busy."""

from collections.abc import Iterable
from typing import Any, ClassVar

from aiohttp import web

from relay.emulators.stage.answers import as_json
from relay.emulators.stage.books import Entry
from relay.emulators.stage.checks import Wrong, amount, objects, require
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.ess import JOURNALS, Jobs, import_of
from relay.emulators.stage.knobs import Knob
from relay.emulators.stage.query import fields
from relay.emulators.stage.wire import bearer, is_user, told
from relay.errors import RelayError

BASE = "/fscmRestApi/resources/11.13.18.05"
INVOICE = "invoice"
FIELDS = ("InvoiceNumber", "InvoiceAmount", "InvoiceCurrency", "BusinessUnit", "Supplier", "SupplierSite")
SAME = ("BusinessUnit", "Supplier", "InvoiceNumber")


class Played(Emulator):
    """Answers 201 to an invoice and to a file; what becomes of a file is asked for, or comes by callback."""

    title = "Oracle Fusion Cloud ERP"
    docs = "https://docs.oracle.com/en/cloud/saas/financials/24d/farfa/"
    account: ClassVar = {"username": "relay", "password": "fusion-password", "token": "fusion-token"}
    spared: ClassVar = frozenset({Knob.EXPIRE_SESSIONS})

    def __init__(self, *stage: Any) -> None:
        super().__init__(*stage)
        self._jobs = Jobs(self.knobs)

    def routes(self) -> Iterable[web.RouteDef]:
        yield self.on(Purpose.POSTING, "POST", f"{BASE}/invoices", self._post_invoice)
        yield self.on(Purpose.ASKING, "GET", f"{BASE}/invoices", self._find_invoice)
        yield self.on(Purpose.POSTING, "POST", f"{BASE}/erpintegrations", self._post_file)
        yield self.on(Purpose.ASKING, "GET", f"{BASE}/erpintegrations", self._job)

    def throttled(self, request: web.Request) -> web.Response:
        return web.Response(status=429, text="Too Many Requests", headers={"Retry-After": "1"})

    def closed(self, request: web.Request) -> web.Response:
        return _refused(request, "The accounting date isn't in an open period.")

    def _is_known(self, request: web.Request) -> bool:
        return bearer(request) == self.account["token"] or is_user(
            request, self.account["username"], self.account["password"]
        )

    async def _post_invoice(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _unknown()
        try:
            return _item(self.books.post(self._invoice(await told(request))).document, 201)
        except RelayError as error:
            return _refused(request, str(error))

    def _invoice(self, invoice: dict[str, Any]) -> Entry:
        require(invoice, *FIELDS)
        for line in objects(invoice.get("invoiceLines")):
            amount(line.get("LineAmount"))
        if any(_is_same(invoice, other) for other in self._invoices(str(invoice["InvoiceNumber"]))):
            raise Wrong(f"The invoice number {invoice['InvoiceNumber']} already exists for the supplier.")
        number = 300000000000000 + self.books.next_number(INVOICE)
        return Entry(
            number=str(number),
            key=str(invoice["InvoiceNumber"]),
            kind=INVOICE,
            state="Never validated",
            amount=amount(invoice["InvoiceAmount"]),
            document=invoice | {"InvoiceId": number},
        )

    async def _find_invoice(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _unknown()
        wanted = fields(request.query.get("q", ""))
        if wanted is None:
            return _refused(request, "URL request parameter q cannot be used in this context.")
        rows = self._invoices(wanted.get("InvoiceNumber"))
        return _collection([row for row in rows if all(str(row.get(name)) == wanted[name] for name in wanted)])

    def _invoices(self, number: str | None) -> list[dict[str, Any]]:
        return [entry.document for entry in self.books.under(number) if entry.kind == INVOICE]

    async def _post_file(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _unknown()
        try:
            asked = await told(request)
            found = import_of(asked)
        except RelayError as error:
            return _refused(request, str(error))
        number = str(1452734 + self.books.next_number(JOURNALS))
        entry = Entry(
            number=number,
            key=asked["FileName"].removesuffix(".zip"),
            kind=JOURNALS,
            state="WAIT",
            amount=found.amount,
            document={"end": found.end, "file": asked["FileName"], "job": asked["JobName"]},
        )
        self._jobs.begin(self.books.post(entry), str(asked.get("CallbackURL") or ""))
        return _item(asked | {"DocumentContent": None, "ReqstId": number, "RequestStatus": None}, 201)

    async def _job(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _unknown()
        finder, _, asked = request.query.get("finder", "").partition(";")
        number = (fields(asked) or {}).get("requestId", "")
        if finder != "ESSJobStatusRF" or not number:
            return _refused(request, "The finder isn't one that can be answered.")
        entry = self.books.numbered(number)
        if entry is None or entry.kind != JOURNALS:
            return _collection([])
        return _collection([{"ReqstId": number, "RequestStatus": self._jobs.polled(entry)}])


def _is_same(invoice: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(invoice[name] == other[name] for name in SAME)


def _item(body: dict[str, Any], status: int) -> web.Response:
    return as_json(body, status, "application/vnd.oracle.adf.resourceitem+json")


def _collection(items: list[dict[str, Any]]) -> web.Response:
    body = {"items": items, "count": len(items), "hasMore": False, "limit": 25, "offset": 0}
    return as_json(body, 200, "application/vnd.oracle.adf.resourcecollection+json")


def _unknown() -> web.Response:
    return web.Response(status=401, text="Unauthorized", headers={"WWW-Authenticate": 'Basic realm="fusion"'})


def _refused(request: web.Request, text: str) -> web.Response:
    """ADF's errors are plain text unless a later version of its framework is asked for."""
    version = request.headers.get("REST-Framework-Version", "1")
    if not version.isdecimal() or int(version) < 4:
        return web.Response(status=400, text=text)
    body = {"title": "Bad Request", "status": "400", "o:errorDetails": [{"detail": text}]}
    return as_json(body, 400, "application/vnd.oracle.adf.error+json")
