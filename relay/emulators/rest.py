"""A plain JSON system, as a starting point: posts documents, knows a key again, and can be asked for it."""

from collections.abc import Iterable
from typing import ClassVar

from aiohttp import web

from relay.emulators.stage.books import Entry
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.money import decode_json, encode_json


class Played(Emulator):
    """Answers 201 with a number; a key that it has, 409 with the number of then."""

    title = "A plain REST system"
    docs = "https://www.rfc-editor.org/rfc/rfc9110"
    account: ClassVar = {"token": "rest-token"}

    def routes(self) -> Iterable[web.RouteDef]:
        yield self.on(Purpose.POSTING, "POST", "/documents", self._post)
        yield self.on(Purpose.ASKING, "GET", "/documents", self._find)

    def throttled(self, request: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "1"})

    def closed(self, request: web.Request) -> web.Response:
        return _answer(422, {"error": "period_closed", "message": "the period is closed"})

    async def _post(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.account['token']}":
            return _answer(401, {"error": "unauthorised"})
        document = decode_json(await request.read())
        known = self.books.find(document["reference"])
        if known:
            return _answer(409, {"error": "exists", "number": known.number})
        number = f"D-{self.books.next_number('document'):05}"
        amount = document.get("total")
        entry = Entry(
            number=number,
            key=document["reference"],
            kind="document",
            state="posted",
            amount=amount,
            document=document,
        )
        return _answer(201, {"number": self.books.post(entry).number})

    async def _find(self, request: web.Request) -> web.Response:
        found = self.books.find(request.query.get("reference", ""))
        return _answer(200, {"count": int(found is not None), "number": found.number if found else None})


def _answer(status: int, body: object) -> web.Response:
    return web.Response(status=status, body=encode_json(body), content_type="application/json")
