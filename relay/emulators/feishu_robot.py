"""Feishu's group robot: its address is its secret, the signature stands in the body, HTTP 200 to everything.

Documented (open.feishu.cn, "custom bot guide"): the signature, whose key is timestamp and secret and whose content is
empty, an hour of tolerance, 19021 for a wrong one, 9499 for a bad request. Seen in public code: 11232 when it is told
too much, 19001 for an unknown address. It gives messages no number and knows none again."""

import hmac
from base64 import b64encode
from collections.abc import Iterable
from typing import Any, ClassVar

from aiohttp import web

from relay.emulators.stage.answers import as_json
from relay.emulators.stage.books import Entry
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.knobs import Knob
from relay.emulators.stage.wire import told

KIND = "message"
TOLERANCE_S = 3600
UNSIGNED = "sign match fail or timestamp is not within one hour from current time"


class Played(Emulator):
    """Answers code 0, or another code with its reason."""

    title = "Feishu group robot"
    docs = "https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot"
    account: ClassVar = {"hook": "feishu-robot", "secret": "feishu-robot-secret"}
    spared: ClassVar = frozenset({Knob.CLOSED_PERIOD, Knob.EXPIRE_SESSIONS})

    def routes(self) -> Iterable[web.RouteDef]:
        yield self.on(Purpose.POSTING, "POST", "/open-apis/bot/v2/hook/{hook}", self._send)

    def throttled(self, request: web.Request) -> web.Response:
        return _refused(11232, "frequency limited")

    async def _send(self, request: web.Request) -> web.Response:
        if request.match_info["hook"] != self.account["hook"]:
            return _refused(19001, "param invalid: incoming webhook access token invalid")
        body = await told(request)
        if not self._is_signed(body):
            return _refused(19021, UNSIGNED)
        text = _text(body)
        if not text:
            return _refused(9499, "Bad Request")
        number = str(self.books.next_number(KIND))
        self.books.post(Entry(number=number, key=text, kind=KIND, state="sent", amount=None, document=body))
        return as_json({"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"})

    def _is_signed(self, body: dict[str, Any]) -> bool:
        timestamp = str(body.get("timestamp", ""))
        key = f"{timestamp}\n{self.account['secret']}".encode()
        return (
            timestamp.isdecimal()
            and abs(int(timestamp) - self.clock.now()) <= TOLERANCE_S
            and body.get("sign") == b64encode(hmac.digest(key, b"", "sha256")).decode()
        )


def _text(body: dict[str, Any]) -> str:
    """What the message says, "" for one that says nothing or is of another kind."""
    content = body.get("content")
    match body.get("msg_type"):
        case "text" if isinstance(content, dict):
            return str(content.get("text") or "")
        case "post" if isinstance(content, dict):
            return str(content.get("post") or "")
        case "interactive":
            return str(body.get("card") or "")
    return ""


def _refused(code: int, text: str) -> web.Response:
    return as_json({"code": code, "msg": text, "data": {}})
