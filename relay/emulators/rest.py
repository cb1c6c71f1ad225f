"""A plain JSON system, as a starting point: posts documents, knows a key again, and can be asked for it."""

from collections.abc import Iterable
from typing import ClassVar

from aiohttp import web

from relay.emulators.stage.answers import as_json
from relay.emulators.stage.books import Entry
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.knobs import Knob
from relay.emulators.stage.ledger import missing
from relay.money import decode_json, number


class Played(Emulator):
    """Answers 201 with a number; a key that it has, 409 with the number of then."""

    title = "A plain REST system"
    docs = "https://www.rfc-editor.org/rfc/rfc9110"
    account: ClassVar = {"token": "rest-token"}
    spared: ClassVar = frozenset({Knob.EXPIRE_SESSIONS})

    def routes(self) -> Iterable[web.RouteDef]:
        yield self.on(Purpose.POSTING, "POST", "/documents", self._post)
        yield self.on(Purpose.ASKING, "GET", "/documents", self._find)

    def throttled(self, request: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "1"})

    def closed(self, request: web.Request) -> web.Response:
        return as_json({"error": "period_closed", "message": "the period is closed"}, status=422)

    async def _post(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.account['token']}":
            return as_json({"error": "unauthorised"}, status=401)
        document = decode_json(await request.read())
        if lacking := missing(document, ("reference", "total")):
            return as_json({"error": "missing", "message": f"{lacking} is missing"}, status=422)
        known = self.books.find(document["reference"])
        if known:
            return as_json({"error": "exists", "number": known.number}, status=409)
        label = f"D-{self.books.next_number('document'):05}"
        amount = number(document["total"])
        entry = Entry(
            number=label,
            key=document["reference"],
            kind="document",
            state="posted",
            amount=amount,
            document=document,
        )
        return as_json({"number": self.books.post(entry).number}, status=201)

    async def _find(self, request: web.Request) -> web.Response:
        found = self.books.find(request.query.get("reference", ""))
        return as_json({"count": int(found is not None), "number": found.number if found else None})
