"""SAP Business One's Service Layer: a login whose two cookies are both wanted, and journal entries.

Seen in recorded answers: the login's answer, cookies without a path, 401 with code 301 for a session that has ended and
for a path in the wrong case, and the shape of errors. Inferred: codes of refusals, and 503 when busy. It knows no
double."""

from collections.abc import Iterable
from typing import Any, ClassVar

from aiohttp import web

from relay.emulators.stage import odata
from relay.emulators.stage.answers import as_json
from relay.emulators.stage.books import Entry
from relay.emulators.stage.checks import Wrong, code_of, objects, require
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.ledger import Unbalanced, balanced
from relay.emulators.stage.wire import told
from relay.errors import RelayError

BASE = "/b1s/v1"
NODE = ".node1"
KIND = "journal entry"


class Played(Emulator):
    """Answers 201 with JdtNum, and books whatever it is sent twice."""

    title = "SAP Business One, Service Layer"
    docs = "https://help.sap.com/docs/SAP_BUSINESS_ONE (Working with SAP Business One Service Layer)"
    account: ClassVar = {"CompanyDB": "SBODEMO", "UserName": "manager", "Password": "b1-password"}
    session_s = 1800

    def routes(self) -> Iterable[web.RouteDef]:
        yield self.on(Purpose.LOGIN, "POST", f"{BASE}/Login", self._login)
        yield self.on(Purpose.POSTING, "POST", f"{BASE}/JournalEntries", self._post)
        yield self.on(Purpose.ASKING, "GET", f"{BASE}/JournalEntries", self._find)
        yield self.on(Purpose.ASKING, "*", f"{BASE}/{{rest:.*}}", self._elsewhere)

    def throttled(self, request: web.Request) -> web.Response:
        return web.Response(status=503, text="Service Unavailable", headers={"Retry-After": "1"})

    def closed(self, request: web.Request) -> web.Response:
        return _refused(400, -10, "Date deviates from permissible range")

    async def _login(self, request: web.Request) -> web.Response:
        given = await told(request)
        if any(given.get(name) != value for name, value in self.account.items()):
            return _refused(401, 100000027, "Login failed")
        session = self.sessions.begin()
        answer = as_json({"SessionId": session, "Version": "1000190", "SessionTimeout": int(self.session_s) // 60})
        answer.headers.add("Set-Cookie", f"B1SESSION={session}; HttpOnly")
        answer.headers.add("Set-Cookie", f"ROUTEID={NODE}")
        return answer

    def _is_logged_in(self, request: web.Request) -> bool:
        return request.cookies.get("ROUTEID") == NODE and self.sessions.holds(request.cookies.get("B1SESSION"))

    async def _post(self, request: web.Request) -> web.Response:
        if not self._is_logged_in(request):
            return _unknown()
        try:
            entry = self.books.post(self._entry(await told(request)))
        except RelayError as error:
            return _refused(400, int(code_of(error, "-1005")), str(error))
        return as_json(entry.document, 201, headers={"Location": f"{BASE}/JournalEntries({entry.number})"})

    def _entry(self, journal: dict[str, Any]) -> Entry:
        require(journal, "ReferenceDate", "JournalEntryLines")
        lines = objects(journal["JournalEntryLines"])
        for line in lines:
            require(line, "AccountCode")
        try:
            amount = balanced((line.get("Debit"), line.get("Credit")) for line in lines)
        except Unbalanced:
            raise Wrong("Unbalanced transaction", "-5002") from None
        number = self.books.next_number(KIND)
        return Entry(
            number=str(number),
            key=str(journal.get("Reference", "")),
            kind=KIND,
            state="posted",
            amount=amount,
            document=journal | {"JdtNum": number, "Number": number},
        )

    async def _find(self, request: web.Request) -> web.Response:
        if not self._is_logged_in(request):
            return _unknown()
        wanted = odata.terms(request.query.get("$filter", ""))
        if wanted is None:
            return _refused(400, -1, "Query string error: the filter isn't one that can be answered")
        rows = odata.found((entry.document for entry in self.books.under(wanted.get("Reference"))), wanted)
        return as_json({"odata.metadata": f"{BASE}/$metadata#JournalEntries", "value": rows})

    async def _elsewhere(self, request: web.Request) -> web.Response:
        return _refused(404, -1000, "Unrecognized resource path.") if self._is_logged_in(request) else _unknown()


def _unknown() -> web.Response:
    return _refused(401, 301, "Invalid session or session already timeout.")


def _refused(status: int, code: int, text: str) -> web.Response:
    return as_json({"error": {"code": code, "message": {"lang": "en-us", "value": text}}}, status)
