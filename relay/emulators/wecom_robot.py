"""WeCom's group robot: a key in the query, HTTP 200 to everything.

Documented (developer.work.weixin.qq.com/document/path/91770): the request, and 20 messages a minute. Seen in recorded
answers: 93000 for an unknown key; 40008, 44004 and 45009 are from its list of codes. It gives messages no number and
knows none again."""

from collections.abc import Iterable
from typing import ClassVar

from aiohttp import web

from relay.emulators.stage.answers import as_json
from relay.emulators.stage.books import Entry
from relay.emulators.stage.checks import inner
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.knobs import Knob
from relay.emulators.stage.wire import told

KIND = "message"
TYPES = ("text", "markdown", "markdown_v2")


class Played(Emulator):
    """Answers errcode 0, or another errcode with its reason."""

    title = "WeCom group robot"
    docs = "https://developer.work.weixin.qq.com/document/path/91770"
    account: ClassVar = {"key": "wecom-robot"}
    spared: ClassVar = frozenset({Knob.CLOSED_PERIOD, Knob.EXPIRE_SESSIONS})

    def routes(self) -> Iterable[web.RouteDef]:
        yield self.on(Purpose.POSTING, "POST", "/cgi-bin/webhook/send", self._send)

    def throttled(self, request: web.Request) -> web.Response:
        return _said(45009, "api freq out of limit")

    async def _send(self, request: web.Request) -> web.Response:
        if request.query.get("key") != self.account["key"]:
            return _said(93000, "invalid webhook url")
        body = await told(request)
        if body.get("msgtype") not in TYPES:
            return _said(40008, "invalid message type")
        content = str(inner(body, body["msgtype"]).get("content") or "")
        if not content:
            return _said(44004, "empty content")
        number = str(self.books.next_number(KIND))
        self.books.post(Entry(number=number, key=content, kind=KIND, state="sent", amount=None, document=body))
        return _said(0, "ok")


def _said(code: int, text: str) -> web.Response:
    return as_json({"errcode": code, "errmsg": text})
