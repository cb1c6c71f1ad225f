"""DingTalk's group robot: a token and a signature in the query, HTTP 200 to everything.

Documented (open.dingtalk.com, "custom robot access"): the signature over timestamp and secret, an hour of tolerance,
and 310000 for a wrong one. Seen in recorded answers: 300001 for an unknown token, 130101 when it is told too much. It
gives messages no number and knows none again."""

import hmac
from base64 import b64encode
from collections.abc import Iterable
from typing import ClassVar

from aiohttp import web

from relay.emulators.stage.answers import as_json
from relay.emulators.stage.books import Entry
from relay.emulators.stage.checks import inner, require
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.knobs import Knob
from relay.emulators.stage.wire import told
from relay.errors import RelayError

KIND = "message"
TOLERANCE_MS = 3_600_000
TEXT = {"text": "content", "markdown": "text", "link": "text", "actionCard": "text"}


class Played(Emulator):
    """Answers errcode 0, or another errcode with its reason."""

    title = "DingTalk group robot"
    docs = "https://open.dingtalk.com/document/robots/custom-robot-access"
    account: ClassVar = {"access_token": "dingtalk-robot", "secret": "SEC-dingtalk-robot"}
    spared: ClassVar = frozenset({Knob.CLOSED_PERIOD, Knob.EXPIRE_SESSIONS})

    def routes(self) -> Iterable[web.RouteDef]:
        yield self.on(Purpose.POSTING, "POST", "/robot/send", self._send)

    def throttled(self, request: web.Request) -> web.Response:
        return _said(130101, "send too fast, exceed 20 times per minute")

    async def _send(self, request: web.Request) -> web.Response:
        refusal = self._refusal(request)
        if refusal:
            return refusal
        try:
            body = await told(request)
            require(body, "msgtype")
            message = inner(body, str(body["msgtype"]))
            require(message, TEXT.get(str(body["msgtype"]), "title"))
        except RelayError as error:
            return _said(400701, f"message type error: {error}")
        text = str(message[TEXT.get(str(body["msgtype"]), "title")])
        number = str(self.books.next_number(KIND))
        self.books.post(Entry(number=number, key=text, kind=KIND, state="sent", amount=None, document=body))
        return _said(0, "ok")

    def _refusal(self, request: web.Request) -> web.Response | None:
        if request.query.get("access_token") != self.account["access_token"]:
            return _said(300001, "token is not exist")
        timestamp = request.query.get("timestamp", "")
        if not timestamp.isdecimal() or abs(int(timestamp) - self.clock.now() * 1000) > TOLERANCE_MS:
            return _said(310000, "invalid timestamp")
        return None if request.query.get("sign") == self._sign(timestamp) else _said(310000, "sign not match")

    def _sign(self, timestamp: str) -> str:
        secret = self.account["secret"]
        return b64encode(hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), "sha256")).decode()


def _said(code: int, text: str) -> web.Response:
    return as_json({"errcode": code, "errmsg": text})
