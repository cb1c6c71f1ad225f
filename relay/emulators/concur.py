"""SAP Concur's Financial Integration Service v4: acknowledgements and posting confirmations, each with its own code.

Documented (developer.concur.com, Financial Integration v4): both resources, HTTP 200 whatever the codes say, 0 taken,
101 acknowledged before, 116 not there. Inferred: a confirmation once more is taken again, 429 when busy, and errors of
the call itself. There is no list of documents here, so an id says what it is: unknown… isn't there, and any other is an
expense report as v4.financial-documents-schema describes it."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, ClassVar

from aiohttp import web

from relay.emulators.stage.answers import as_json
from relay.emulators.stage.books import Entry
from relay.emulators.stage.checks import Wrong, objects, require
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.knobs import Knob
from relay.emulators.stage.wire import bearer, told
from relay.errors import RelayError

BASE = "/financialintegration/fi/v4/companies/transactiontypes/{type:expense|invoice|cashadvance|payroll|obligation}"
ACKNOWLEDGED, CONFIRMED = "acknowledgement", "posting confirmation"


class Played(Emulator):
    """Answers a list with a code for each document."""

    title = "SAP Concur, Financial Integration v4"
    docs = "https://developer.concur.com/api-reference/financial-integration/v4.financial-integration.html"
    account: ClassVar = {
        "client_id": "concur-client",
        "client_secret": "concur-secret",
        "refresh_token": "concur-refresh",
    }
    session_s = 3600
    spared: ClassVar = frozenset({Knob.CLOSED_PERIOD})

    def routes(self) -> Iterable[web.RouteDef]:
        yield self.on(Purpose.LOGIN, "POST", "/oauth2/v0/token", self._log_in)
        yield self.on(Purpose.ASKING, "GET", f"{BASE}/transactions", self._transactions)
        yield self.on(Purpose.POSTING, "POST", f"{BASE}/transactions/acknowledgements", self._acknowledge)
        yield self.on(Purpose.POSTING, "POST", f"{BASE}/transactions/postingconfirmations", self._confirm)

    def throttled(self, request: web.Request) -> web.Response:
        return web.Response(status=429, text="Too Many Requests", headers={"Retry-After": "1"})

    async def _log_in(self, request: web.Request) -> web.Response:
        form = await request.post()
        wanted = self.account | {"grant_type": "refresh_token"}
        if any(form.get(name) != value for name, value in wanted.items()):
            body = {"code": 5, "error": "invalid_grant", "error_description": "Incorrect credentials."}
            return as_json(body, 400)
        token = {"access_token": self.sessions.begin(), "token_type": "Bearer", "expires_in": int(self.session_s)}
        return as_json(token | {"refresh_token": self.account["refresh_token"], "scope": "FISVC"})

    async def _transactions(self, request: web.Request) -> web.Response:
        """The one that `docId` names; none where it isn't there."""
        if not self.sessions.holds(bearer(request)):
            return _unknown()
        key = request.query.get("docId", "")
        found = [] if not key or self._known(key)[0] else [_document(request.match_info["type"], key)]
        return as_json({"links": [], "content": found, "page": {"size": 25, "totalElements": len(found)}})

    async def _acknowledge(self, request: web.Request) -> web.Response:
        return await self._each(request, lambda body: [{"docId": each} for each in _ids(body)], self._acknowledged)

    async def _confirm(self, request: web.Request) -> web.Response:
        return await self._each(request, _confirmations, self._confirmed)

    async def _each(
        self,
        request: web.Request,
        items: Callable[[dict[str, Any]], list[dict[str, Any]]],
        judge: Callable[[dict[str, Any]], dict[str, Any]],
    ) -> web.Response:
        if not self.sessions.holds(bearer(request)):
            return _unknown()
        try:
            return as_json([judge(each) for each in items(await told(request))])
        except RelayError as error:
            return as_json({"code": "400", "message": str(error)}, 400)

    def _acknowledged(self, item: dict[str, Any]) -> dict[str, Any]:
        key = item["docId"]
        code, text = self._known(key)
        if not code and self.books.find(key, ACKNOWLEDGED):
            code, text = 101, "This document was previously acknowledged by SystemId: null."
        if not code:
            self._book(ACKNOWLEDGED, key, "acknowledged", item)
        return _result("acknowledgeResult", key, code, text)

    def _confirmed(self, item: dict[str, Any]) -> dict[str, Any]:
        """Set, not added: the last word on a document counts."""
        key, state = item["docId"], item["overallPostingStatusCode"]
        code, text = self._known(key)
        known = self.books.find(key, CONFIRMED)
        if known and not code:
            known.state, known.document = state, item
        elif not code:
            self._book(CONFIRMED, key, state, item)
        return _result("postingConfirmationResult", key, code, text) | {"detailMessage": ""}

    def _known(self, key: str) -> tuple[int, str]:
        return (116, "This document does not exist.") if key.startswith("unknown") else (0, "")

    def _book(self, kind: str, key: str, state: str, item: dict[str, Any]) -> None:
        self.books.post(Entry(number=key, key=key, kind=kind, state=state, amount=None, document=item))


def _unknown() -> web.Response:
    return as_json({"code": "401", "message": "Unauthorized: the token is invalid or has expired."}, 401)


def _document(kind: str, key: str) -> dict[str, Any]:
    """Two entries of a report: what the employee is paid back, and what went over the company's card."""
    report = {
        "reportId": key,
        "reportNumber": key[:6].upper(),
        "reportName": "Trade fair in Hannover",
        "revisionNumber": 1,
        "employeeCurrencyAlphaCode": "EUR",
        "reportPaymentProcessingDate": "2026-03-31T09:15:00.000Z",
        "totalApprovedAmount": Decimal("418.35"),
    }
    spent = [_entry("Hotel", "61003000", "EMPL", "378.35"), _entry("Taxi", "61004000", "CBCP", "40.00")]
    employee = {"employeeId": "10000042", "employeeFirstName": "Anna", "employeeLastName": "Berg"}
    document = {"report": report, "employee": employee, "expenseEntry": spent}
    return {"id": key, "docType": kind, "entityId": "p0608532bdtt", "docStatus": "READY", "document": document}


def _entry(name: str, account: str, payee: str, gross: str) -> dict[str, Any]:
    paid = {"journalAccountCode": account, "journalPayee": payee, "journalPayer": "COMP", "amountGross": Decimal(gross)}
    allocation = {"allocationPercentage": 100, "allocationCustom1Code": "1710-1101", "journal": [paid], "tax": []}
    return {"expenseTypeName": name, "entryApprovedAmount": Decimal(gross), "allocation": [allocation]}


def _ids(body: dict[str, Any]) -> list[str]:
    require(body, "ids")
    if not (isinstance(body["ids"], list) and all(isinstance(each, str) for each in body["ids"])):
        raise Wrong("ids is a list of texts")
    return list(body["ids"])


def _confirmations(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Raises Wrong for all of them where one can't be read."""
    require(body, "postingConfirmations")
    items = objects(body["postingConfirmations"])
    for item in items:
        require(item, "docId", "overallPostingStatusCode")
        if item["overallPostingStatusCode"] not in {"success", "error"}:
            raise Wrong("overallPostingStatusCode is success or error")
        if item["overallPostingStatusCode"] == "success":
            require(item, "postingDocs")
        for posted in objects(item.get("postingDocs")):
            require(posted, "companyId", "documentNumber", "fiscalYear", "postingDate")
    return items


def _result(name: str, key: str, code: int, text: str) -> dict[str, Any]:
    return {"code": code, "docId": key, "systemId": None, name: "FAILURE" if code else "SUCCESS", "errorMessage": text}
