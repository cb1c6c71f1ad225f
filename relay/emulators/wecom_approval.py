"""WeCom's approvals: a token in the query, HTTP 200 to everything, and results that are asked for.

Documented (developer.work.weixin.qq.com/document/path/90454): gettoken, applyevent, getapprovaldetail, and the codes
40001, 40014, 41001, 42001, 45009 and 301025. It knows no double. Approvers agree after two questions, and refuse where
the form says 驳回. A form's first text is taken for its sender's own number: that is this emulator's own rule."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, ClassVar

from aiohttp import web

from relay.emulators.stage.answers import as_json
from relay.emulators.stage.approvals import Approvals, Stage
from relay.emulators.stage.books import Entry
from relay.emulators.stage.checks import amount, inner, objects, require
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.knobs import Knob
from relay.emulators.stage.wire import told
from relay.errors import RelayError

KIND = "approval"
STATUS = {Stage.RUNNING: 1, Stage.AGREED: 2, Stage.REFUSED: 3}


class Played(Emulator):
    """Answers errcode 0 with sp_no, or another errcode with its reason."""

    title = "WeCom approvals"
    docs = "https://developer.work.weixin.qq.com/document/path/91853"
    account: ClassVar = {"corpid": "wecom-corp", "corpsecret": "wecom-secret", "template_id": "template-expense"}
    spared: ClassVar = frozenset({Knob.CLOSED_PERIOD})

    def __init__(self, *stage: Any) -> None:
        super().__init__(*stage)
        self._approvals = Approvals()
        self._given: set[str] = set()

    def routes(self) -> Iterable[web.RouteDef]:
        yield self.on(Purpose.LOGIN, "GET", "/cgi-bin/gettoken", self._log_in)
        yield self.on(Purpose.POSTING, "POST", "/cgi-bin/oa/applyevent", self._apply)
        yield self.on(Purpose.ASKING, "POST", "/cgi-bin/oa/getapprovaldetail", self._detail)

    def throttled(self, request: web.Request) -> web.Response:
        return _said(45009, "api freq out of limit")

    async def _log_in(self, request: web.Request) -> web.Response:
        if any(request.query.get(name) != self.account[name] for name in ("corpid", "corpsecret")):
            return _said(40001, "invalid credential")
        token = self.sessions.begin()
        self._given.add(token)
        return _said(0, "ok", access_token=token, expires_in=int(self.session_s))

    def _refusal(self, request: web.Request) -> web.Response | None:
        """Why a token isn't taken: none, never given, ended."""
        token = request.query.get("access_token")
        if not token:
            return _said(41001, "access_token missing")
        if token not in self._given:
            return _said(40014, "invalid access_token")
        return None if self.sessions.holds(token) else _said(42001, "access_token expired")

    async def _apply(self, request: web.Request) -> web.Response:
        refusal = self._refusal(request)
        if refusal:
            return refusal
        try:
            entry = self.books.post(self._entry(await told(request)))
        except RelayError as error:
            return _said(301025, f"invalid parameter: {error}")
        return _said(0, "ok", sp_no=entry.number)

    def _entry(self, asked: dict[str, Any]) -> Entry:
        require(asked, "creator_userid", "template_id", "apply_data", "summary_list")
        contents = objects(inner(asked, "apply_data").get("contents"))
        for control in contents:
            require(control, "control", "id", "value")
        texts = [str(inner(each, "value").get("text", "")) for each in contents if each["control"] == "Text"]
        return Entry(
            number=str(202603010000 + self.books.next_number(KIND)),
            key=next(iter(texts), ""),
            kind=KIND,
            state="1",
            amount=_money(contents),
            document=asked,
        )

    async def _detail(self, request: web.Request) -> web.Response:
        refusal = self._refusal(request)
        if refusal:
            return refusal
        entry = self.books.numbered(str((await told(request)).get("sp_no", "")))
        if entry is None:
            return _said(301025, "invalid parameter: sp_no")
        status = STATUS[self._approvals.ask(entry.number, str(entry.document))]
        entry.state = str(status)
        return _said(0, "ok", info={"sp_no": entry.number, "sp_status": status})


def _money(contents: list[dict[str, Any]]) -> Decimal | None:
    values = (inner(each, "value").get("new_money") for each in contents if each["control"] == "Money")
    return next((amount(value) for value in values), None)


def _said(code: int, text: str, **more: object) -> web.Response:
    return as_json({"errcode": code, "errmsg": text, **more})
