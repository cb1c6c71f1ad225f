"""Seeyon A8: a token for fifteen minutes, processes started from a template, their state asked for. It knows no keys.

From clients of its REST interface. Inferred: the id -1 for a wrong login, the codes of refusals other than 0, and that
flow/state gives 0 for running, 3 for ended, 1 for stopped.
"""

import hmac
from collections.abc import Iterable
from typing import Any, ClassVar

from aiohttp import web

from relay.emulators.stage.answers import Declined, as_json
from relay.emulators.stage.approvals import Approvals, Stage
from relay.emulators.stage.books import Books, Entry
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.forms import amount_of, key_of
from relay.emulators.stage.knobs import Knob, Knobs
from relay.emulators.stage.ledger import missing
from relay.money import decode_json, encode_json

KEYS = ("单据编号", "编号", "reference")
FIRST_PROCESS = 6100000000000000001
STATES = {Stage.RUNNING: 0, Stage.AGREED: 3, Stage.REFUSED: 1}


class Played(Emulator):
    """Its form has an amount under 金额 or `amount`, and its sender's number under 单据编号, 编号 or `reference`;
    without that the subject is the key. Numbers are process ids; a subject that holds 驳回 ends stopped."""

    title = "Seeyon A8 (致远)"
    docs = "https://open.seeyoncloud.com/"
    account: ClassVar = {
        "userName": "relay",
        "password": "seeyon-password",
        "loginName": "zhang",
        "templateCode": "EXPENSE",
    }
    session_s: ClassVar = 900
    spared: ClassVar = frozenset({Knob.CLOSED_PERIOD})

    def __init__(self, books: Books, knobs: Knobs) -> None:
        super().__init__(books, knobs)
        self.approvals = Approvals()

    def routes(self) -> Iterable[web.RouteDef]:
        for end in ("", "/"):
            yield self.on(Purpose.LOGIN, "POST", f"/seeyon/rest/token{end}", self._token)
        yield self.on(Purpose.POSTING, "POST", "/seeyon/rest/bpm/process/start", self._start)
        yield self.on(Purpose.ASKING, "GET", "/seeyon/rest/flow/state/{number}", self._state_of)

    def throttled(self, request: web.Request) -> web.Response:
        return _refused("系统繁忙，请稍后再试")

    async def _token(self, request: web.Request) -> web.Response:
        asked = decode_json(await request.read())
        right = hmac.compare_digest(str(asked.get("password")).encode(), self.account["password"].encode())
        if not right or asked.get("userName") != self.account["userName"]:
            return as_json({"id": "-1"})
        if asked.get("loginName", self.account["loginName"]) != self.account["loginName"]:
            return as_json({"id": "-1"})
        return as_json({"id": self.sessions.begin()})

    async def _start(self, request: web.Request) -> web.Response:
        self._check(request)
        body = decode_json(await request.read())
        data = body.get("data") or {}
        if body.get("appName") != "collaboration" or missing(data, ("templateCode", "data")):
            return _refused("appName、templateCode、data不能为空")
        if data["templateCode"] != self.account["templateCode"]:
            return _refused("流程模板不存在或没有权限")
        return self._started(data, _main(data["data"]))

    def _started(self, data: dict[str, Any], fields: dict[str, Any]) -> web.Response:
        at = self.books.next_number("process")
        subject = str(data.get("subject") or f"报销单 {at}")
        entry = Entry(
            number=str(FIRST_PROCESS + at),
            key=key_of(fields, KEYS, subject),
            kind="process",
            state="draft" if str(data.get("draft")) == "1" else str(Stage.RUNNING),
            amount=amount_of(fields),
            document={**data, "subject": subject},
        )
        self.books.post(entry)
        ids = encode_json({"affairId": f"7{at:018}", "summaryId": f"8{at:018}"}).decode()
        made = {"processId": entry.number, "subject": subject, "errorMsg": "", "app_bussiness_data": ids}
        return as_json({"code": 0, "data": made, "message": ""})

    async def _state_of(self, request: web.Request) -> web.Response:
        self._check(request)
        entry = self.books.numbered(request.match_info["number"])
        if entry is None:
            return _refused("流程不存在")
        if entry.state != "draft":
            entry.state = str(self.approvals.ask(entry.number, entry.document["subject"]))
        return as_json(0 if entry.state == "draft" else STATES[Stage(entry.state)])

    def _check(self, request: web.Request) -> None:
        """The token stands in a header or in the query."""
        if not self.sessions.holds(request.headers.get("token") or request.query.get("token")):
            raise Declined(as_json({"code": 1010, "message": "Token无效或已过期"}, status=401))


def _main(form: dict[str, Any]) -> dict[str, Any]:
    """The main table's values: formmain_ and its number."""
    return next((fields for name, fields in form.items() if name.startswith("formmain_")), {})


def _refused(why: str) -> web.Response:
    return as_json({"code": 1, "data": None, "message": why})
