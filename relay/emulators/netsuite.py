"""NetSuite's REST records, signed by OAuth 1.0a (token-based authentication): at once, as a job, or under their own id.

Documented (docs.oracle.com, NetSuite online help): 204 with a Location, errors, jobs and the idempotency key that only
they take (subsect_164494900632), a signed header that counts once (subsect_156935170194), lines that are added unless
their sublist is replaced (section_1545295601), and the RESTlets' 400 with SSS_REQUEST_LIMIT_EXCEEDED. Inferred: the
records' 429, to which that 400 comes by turns here, and an externalId that is taken already, and codes of refusals."""

from collections.abc import Iterable
from typing import Any, ClassVar

from aiohttp import web

from relay.emulators.stage.answers import as_json
from relay.emulators.stage.books import Entry
from relay.emulators.stage.checks import Wrong, amount, code_of, inner, objects, require, total
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.knobs import Knob
from relay.emulators.stage.ledger import Unbalanced, balanced
from relay.emulators.stage.oauth1 import Verifier
from relay.emulators.stage.progress import Progress
from relay.emulators.stage.wire import told
from relay.errors import RelayError

RECORDS = "/services/rest/record/v1"
JOBS = "/services/rest/async/v1/job"
JOURNAL, BILL = "journalEntry", "vendorBill"
SUBLISTS = ("line", "expense", "item")
KEY = "X-NetSuite-Idempotency-Key"


class Played(Emulator):
    """Knows an externalId and an idempotency key again, and nothing else."""

    title = "NetSuite, REST records"
    docs = "https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/chapter_1540391670.html"
    account: ClassVar = {
        "account": "1234567_SB1",
        "consumer_key": "netsuite-consumer",
        "consumer_secret": "netsuite-consumer-secret",
        "token": "netsuite-token",
        "token_secret": "netsuite-token-secret",
    }
    spared: ClassVar = frozenset({Knob.EXPIRE_SESSIONS})

    def __init__(self, *stage: Any) -> None:
        super().__init__(*stage)
        self._verifier, self._progress = Verifier(self.account, self.clock), Progress()
        self._jobs: list[Entry | RelayError] = []
        self._keys: dict[str, str] = {}
        self._busy = 0

    def routes(self) -> Iterable[web.RouteDef]:
        record = f"{RECORDS}/{{type:{JOURNAL}|{BILL}}}"
        yield self.on(Purpose.POSTING, "POST", record, self._post)
        yield self.on(Purpose.POSTING, "PUT", f"{record}/eid:{{eid}}", self._put)
        yield self.on(Purpose.ASKING, "GET", f"{record}/eid:{{eid}}", self._get)
        yield self.on(Purpose.ASKING, "GET", f"{JOBS}/{{job}}", self._job)
        yield self.on(Purpose.ASKING, "GET", f"{JOBS}/{{job}}/task/{{task}}/result", self._result)

    def throttled(self, request: web.Request) -> web.Response:
        self._busy += 1
        if self._busy % 2:
            return _refused(429, "CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded. Request blocked.")
        return _refused(400, "SSS_REQUEST_LIMIT_EXCEEDED", "Request Limit Exceeded")

    def closed(self, request: web.Request) -> web.Response:
        return _refused(400, "USER_ERROR", "The transaction date is in a closed period.")

    async def _post(self, request: web.Request) -> web.Response:
        if not self._verifier.is_signed(request):
            return _unknown()
        document = await told(request)
        if "respond-async" in request.headers.get("Prefer", ""):
            return self._begun(request.match_info["type"], document, request.headers.get(KEY))
        try:
            return _done(self._booked(request.match_info["type"], document))
        except RelayError as error:
            return _refused(400, code_of(error, "INVALID_CONTENT"), str(error))

    def _begun(self, kind: str, document: dict[str, Any], key: str | None) -> web.Response:
        """A job, which succeeds or fails when it is asked for; the same key again points to the same job."""
        if key and key in self._keys:
            headers = {"Preference-Applied": "respond-async", "Location": self._keys[key]}
            return _refused(400, "IDEMPOTENCY_ERROR", "A request with the same key was submitted.", "Conflict", headers)
        try:
            self._jobs.append(self._booked(kind, document))
        except RelayError as error:
            self._jobs.append(error)
        location = f"{JOBS}/{len(self._jobs)}"
        if key:
            self._keys[key] = location
        return web.Response(status=202, headers={"Preference-Applied": "respond-async", "Location": location})

    def _booked(self, kind: str, document: dict[str, Any]) -> Entry:
        eid = str(document.get("externalId") or "")
        if eid and self.books.find(eid, kind):
            raise Wrong(f"A record with the externalId {eid} already exists.", "DUP_RCRD")
        entry = Entry(
            number=str(12344 + self.books.next_number(kind)),
            key=eid or str(document.get("tranId", "")),
            kind=kind,
            state="open",
            amount=None,
            document=document,
        )
        _fill(entry, document)
        return self.books.post(entry)

    async def _put(self, request: web.Request) -> web.Response:
        """A record of its own number, or the one that has it already, written again."""
        if not self._verifier.is_signed(request):
            return _unknown()
        kind, eid = request.match_info["type"], request.match_info["eid"]
        document = await told(request) | {"externalId": eid}
        known = self.books.find(eid, kind)
        try:
            if known:
                _fill(known, _beside(known.document, document, request.query.get("replace", "").split(",")))
            return _done(known or self._booked(kind, document))
        except RelayError as error:
            return _refused(400, code_of(error, "INVALID_CONTENT"), str(error))

    async def _get(self, request: web.Request) -> web.Response:
        if not self._verifier.is_signed(request):
            return _unknown()
        found = self.books.find(request.match_info["eid"], request.match_info["type"])
        if found is None:
            return _refused(404, "NONEXISTENT_ID", "The record instance does not exist.", "Not Found")
        return as_json(found.document | {"id": found.number})

    async def _job(self, request: web.Request) -> web.Response:
        if not self._verifier.is_signed(request):
            return _unknown()
        job = request.match_info["job"]
        if self._of(job) is None:
            return _refused(404, "NONEXISTENT_ID", "The job does not exist.", "Not Found")
        end = "failed" if isinstance(self._of(job), RelayError) else "succeeded"
        progress = self._progress.polled(job, ("pending", "processing", end))
        return as_json({"completed": progress == end, "id": job, "progress": progress})

    async def _result(self, request: web.Request) -> web.Response:
        """What the request would have been answered at once."""
        if not self._verifier.is_signed(request):
            return _unknown()
        found = self._of(request.match_info["job"])
        if isinstance(found, Entry):
            return _done(found)
        return _refused(400, code_of(found or Wrong("The job does not exist."), "INVALID_CONTENT"), str(found))

    def _of(self, job: str) -> Entry | RelayError | None:
        return self._jobs[int(job) - 1] if job.isdecimal() and 0 < int(job) <= len(self._jobs) else None


def _beside(before: dict[str, Any], document: dict[str, Any], replaced: list[str]) -> dict[str, Any]:
    """What a record is after it was written again: lines are added to those there, unless their sublist is replaced.
    Raises Wrong."""
    lists = [name for name in SUBLISTS if name in document and name not in replaced]
    lines = {
        name: [each for of in (before, document) for each in objects(inner(of, name).get("items"))] for name in lists
    }
    return document | {name: {"items": lines[name]} for name in lists}


def _fill(entry: Entry, document: dict[str, Any]) -> None:
    """Raises RelayError on what the record may not hold."""
    if entry.kind == JOURNAL:
        require(document, "subsidiary", "line")
        lines = objects(inner(document, "line").get("items"))
        try:
            entry.amount = balanced((line.get("debit"), line.get("credit")) for line in lines)
        except Unbalanced:
            raise Wrong("The amounts in a journal entry must balance.", "USER_ERROR") from None
    else:
        require(document, "entity")
        lines = [line for name in ("expense", "item") for line in objects(inner(document, name).get("items"))]
        entry.amount = total(lines, "amount") if lines else amount(document.get("userTotal"))
    entry.document = document


def _done(entry: Entry) -> web.Response:
    return web.Response(status=204, headers={"Location": f"{RECORDS}/{entry.kind}/{entry.number}"})


def _unknown() -> web.Response:
    return _refused(401, "INVALID_LOGIN", "Invalid login attempt.", "Unauthorized")


def _refused(
    status: int, code: str, detail: str, title: str = "Bad Request", headers: dict[str, str] | None = None
) -> web.Response:
    kind = f"https://www.rfc-editor.org/rfc/rfc9110.html#name-{title.lower().replace(' ', '-')}"
    body = {"type": kind, "title": title, "status": status, "o:errorDetails": [{"detail": detail, "o:errorCode": code}]}
    return as_json(body, status, "application/vnd.oracle.resource+json", headers)
