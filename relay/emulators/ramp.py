"""Ramp's accounting syncs: which transactions an ERP has booked, and which it hasn't.

Documented (docs.ramp.com, ERP integrations): the token by client credentials, the request, and that its idempotency key
is demanded. Inferred: the answer, that a key once more gets the first answer again, 400 DEVELOPER_7089 for what isn't
ready (seen in public code) and its shape, and 429 when busy. An id says what it is: unready… isn't SYNC_READY."""

from collections.abc import Iterable
from typing import Any, ClassVar

from aiohttp import web

from relay.emulators.stage.answers import as_json
from relay.emulators.stage.books import Entry
from relay.emulators.stage.checks import Wrong, code_of, inner, objects, require
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.knobs import Knob
from relay.emulators.stage.wire import bearer, is_user, told
from relay.errors import RelayError

KIND = "sync"
TYPES = {"TRANSACTION_SYNC", "REIMBURSEMENT_SYNC", "BILL_SYNC"}
UNREADY = "unready"


class Played(Emulator):
    """Answers with the sync's id; the same key again, with the same id."""

    title = "Ramp, accounting syncs"
    docs = "https://docs.ramp.com/llms-guides/erp-integrations.txt"
    account: ClassVar = {"client_id": "ramp-client", "client_secret": "ramp-secret"}
    session_s = 864000
    spared: ClassVar = frozenset({Knob.CLOSED_PERIOD})

    def __init__(self, *stage: Any) -> None:
        super().__init__(*stage)
        self._syncs: dict[str, Entry] = {}

    def routes(self) -> Iterable[web.RouteDef]:
        yield self.on(Purpose.LOGIN, "POST", "/developer/v1/token", self._log_in)
        yield self.on(Purpose.POSTING, "POST", "/developer/v1/accounting/syncs", self._sync)

    def throttled(self, request: web.Request) -> web.Response:
        return _refused(429, "DEVELOPER_7004", "Too many requests")

    async def _log_in(self, request: web.Request) -> web.Response:
        form = await request.post()
        is_client = is_user(request, self.account["client_id"], self.account["client_secret"])
        if not is_client or form.get("grant_type") != "client_credentials":
            return as_json({"error": "invalid_client"}, 401)
        token = {"access_token": self.sessions.begin(), "token_type": "Bearer", "expires_in": int(self.session_s)}
        return as_json(token | {"scope": str(form.get("scope", ""))})

    async def _sync(self, request: web.Request) -> web.Response:
        if not self.sessions.holds(bearer(request)):
            return _refused(401, "DEVELOPER_7001", "The access token is invalid or has expired")
        try:
            asked = await told(request)
            require(asked, "idempotency_key", "sync_type")
            key = str(asked["idempotency_key"])
            if key not in self._syncs:
                self._syncs[key] = self.books.post(self._entry(asked))
            return as_json({"id": self._syncs[key].number}, 201)
        except RelayError as error:
            return _refused(400, code_of(error, "DEVELOPER_7000"), str(error))

    def _entry(self, asked: dict[str, Any]) -> Entry:
        if asked["sync_type"] not in TYPES:
            raise Wrong("sync_type isn't one that is known")
        done, failed = objects(asked.get("successful_syncs")), objects(asked.get("failed_syncs"))
        if not done and not failed:
            raise Wrong("successful_syncs is required")
        for each in done:
            require(each, "id", "reference_id")
        for each in failed:
            require(each, "id", "error")
            require(inner(each, "error"), "message")
        if any(str(each["id"]).startswith(UNREADY) for each in (*done, *failed)):
            raise Wrong("The object isn't ready to be synced", "DEVELOPER_7089")
        return Entry(
            number=f"sync-{self.books.next_number(KIND):06}",
            key=str((*done, *failed)[0]["id"]),
            kind=KIND,
            state="synced" if done else "failed",
            amount=None,
            document=asked,
        )


def _refused(status: int, code: str, text: str) -> web.Response:
    return as_json({"error_v2": {"error_code": code, "message": text}}, status)
