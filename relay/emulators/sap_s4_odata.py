"""SAP S/4HANA's supplier invoices over OData v2, with the CSRF token that counts only beside its own cookie.

Documented: the token and its 403 (sap.github.io/cloud-sdk/docs/js/features/connectivity/csrf), the service and its keys
(help.sap.com, SAP_COM_0057). Seen in public code: dates such as 2026-03-31T00:00:00. Inferred: the fields that it asks
for, message numbers, 429 when busy, and from OData v2's JSON format the shape of errors and decimals as text. No check
for doubles is documented, so it has none."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any, ClassVar

from aiohttp import web

from relay.emulators.stage import odata
from relay.emulators.stage.answers import as_json
from relay.emulators.stage.books import Entry
from relay.emulators.stage.checks import Wrong, amount, code_of, objects, require
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.wire import is_user, told
from relay.errors import RelayError

SERVICE = "/sap/opu/odata/sap/API_SUPPLIERINVOICE_PROCESS_SRV"
COOKIE = "SAP_SESSIONID_S4H_100"
KIND = "supplier invoice"
FIELDS = (
    "CompanyCode",
    "DocumentDate",
    "PostingDate",
    "SupplierInvoiceIDByInvcgParty",
    "InvoicingParty",
    "DocumentCurrency",
    "InvoiceGrossAmount",
)


class Played(Emulator):
    """Answers 201 with the invoice's number and year, and books whatever it is sent twice."""

    title = "SAP S/4HANA, supplier invoices over OData"
    docs = "https://help.sap.com/docs/SAP_S4HANA_CLOUD (API_SUPPLIERINVOICE_PROCESS_SRV)"
    account: ClassVar = {"username": "RELAY", "password": "s4-password"}

    def routes(self) -> Iterable[web.RouteDef]:
        for method, path in product(("HEAD", "GET"), (SERVICE, f"{SERVICE}/")):
            yield self.on(Purpose.LOGIN, method, path, self._service)
        yield self.on(Purpose.POSTING, "POST", f"{SERVICE}/A_SupplierInvoice", self._post)
        yield self.on(Purpose.ASKING, "GET", f"{SERVICE}/A_SupplierInvoice", self._find)

    def throttled(self, request: web.Request) -> web.Response:
        return web.Response(status=429, text="Too Many Requests", headers={"Retry-After": "1"})

    def closed(self, request: web.Request) -> web.Response:
        return _refused(Wrong("Posting period 003 2026 is not open", "F5/201"))

    async def _service(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _unknown()
        answer = as_json({"d": {"EntitySets": ["A_SupplierInvoice"]}})
        if request.headers.get("x-csrf-token", "").lower() == "fetch":
            session = request.cookies.get(COOKIE, "")
            if not self.sessions.holds(session):
                session = self.sessions.begin()
                answer.set_cookie(COOKIE, session, path="/", httponly=True)
            answer.headers["x-csrf-token"] = _token(session)
        return answer

    def _is_known(self, request: web.Request) -> bool:
        return is_user(request, self.account["username"], self.account["password"])

    def _is_paired(self, request: web.Request) -> bool:
        session = request.cookies.get(COOKIE, "")
        return self.sessions.holds(session) and request.headers.get("x-csrf-token") == _token(session)

    async def _post(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _unknown()
        if not self._is_paired(request):
            return web.Response(status=403, text="CSRF token validation failed", headers={"x-csrf-token": "Required"})
        try:
            entry = self.books.post(self._entry(await told(request)))
        except RelayError as error:
            return _refused(error)
        return as_json({"d": entry.document}, 201, headers={"Location": f"{SERVICE}/{_key(entry.document)}"})

    def _entry(self, invoice: dict[str, Any]) -> Entry:
        gross = _checked(invoice)
        number = str(5105600000 + self.books.next_number(KIND))
        keys = {"SupplierInvoice": number, "FiscalYear": _year(invoice["PostingDate"])}
        return Entry(
            number=number,
            key=str(invoice["SupplierInvoiceIDByInvcgParty"]),
            kind=KIND,
            state="posted",
            amount=gross,
            document={
                "__metadata": {"type": "API_SUPPLIERINVOICE_PROCESS_SRV.A_SupplierInvoiceType"},
                **invoice,
                **keys,
            },
        )

    async def _find(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _unknown()
        wanted = odata.terms(request.query.get("$filter", ""))
        if wanted is None:
            return _refused(Wrong("Invalid token detected in the filter", "/IWBEP/CM_MGW_RT/022"))
        entries = self.books.under(wanted.get("SupplierInvoiceIDByInvcgParty"))
        return as_json({"d": {"results": odata.found((entry.document for entry in entries), wanted)}})


def _token(session: str) -> str:
    return session[::-1] + "=="


def _checked(invoice: dict[str, Any]) -> Decimal:
    """Its gross amount. Raises Wrong."""
    require(invoice, *FIELDS)
    gross = _decimal(invoice["InvoiceGrossAmount"])
    net = Decimal(0)
    for item in objects(invoice.get("to_SupplierInvoiceItemGLAcct")):
        require(item, "GLAccount", "DebitCreditCode", "SupplierInvoiceItemAmount")
        net += _decimal(item["SupplierInvoiceItemAmount"]) * (1 if item["DebitCreditCode"] == "S" else -1)
    if net > gross:
        raise Wrong(f"Balance not zero: {gross - net}", "M8/534")
    return gross


def _decimal(value: object) -> Decimal:
    if not isinstance(value, str):
        raise Wrong("Edm.Decimal is written as text", "/IWBEP/CM_MGW_RT/176")
    return amount(value)


def _year(date: object) -> str:
    """The year of OData v2's /Date(milliseconds)/, or of 2026-03-31T00:00:00. Raises Wrong on anything else."""
    with suppress(ValueError):
        return str(datetime.strptime(str(date), "%Y-%m-%dT%H:%M:%S").year)  # noqa: DTZ007 - Edm.DateTime has no zone
    digits = str(date).removeprefix("/Date(").removesuffix(")/")
    if f"/Date({digits})/" != date or not (digits.isdecimal() and len(digits) < 15):
        raise Wrong(f"{str(date)[:40]!r} is no Edm.DateTime", "/IWBEP/CM_MGW_RT/176")
    return str((datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(digits))).year)


def _key(invoice: dict[str, Any]) -> str:
    return f"A_SupplierInvoice(SupplierInvoice='{invoice['SupplierInvoice']}',FiscalYear='{invoice['FiscalYear']}')"


def _unknown() -> web.Response:
    headers = {"WWW-Authenticate": 'Basic realm="SAP NetWeaver Application Server"'}
    return web.Response(status=401, text="Logon failed", headers=headers)


def _refused(error: RelayError) -> web.Response:
    code, text = code_of(error, "/IWBEP/CX_MGW_BUSI_EXCEPTION"), str(error)
    details = [{"code": code, "message": text, "severity": "error"}]
    body = {"code": code, "message": {"lang": "en", "value": text}, "innererror": {"errordetails": details}}
    return as_json({"error": body}, 400)
