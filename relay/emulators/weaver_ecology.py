"""Weaver e-cology 9: a token for an RSA secret, requests as forms, every refusal an HTTP 200. It knows no keys.

From public clients of its paService, whose misspelt `secrit` it keeps. Inferred: the words of some refusals, and that
node type 3 is an approval that has ended. Approvals end after some polls; a name that holds 驳回 ends refused.
"""

import hmac
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from aiohttp import web

from relay.emulators.stage.answers import Declined, as_json
from relay.emulators.stage.approvals import Approvals, Stage
from relay.emulators.stage.books import Books, Entry
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.forms import amount_of, key_of
from relay.emulators.stage.keypair import opened, public_key
from relay.emulators.stage.knobs import Knob, Knobs
from relay.money import BadJson, decode_json

PA = "/api/workflow/paService"
KEYS = ("reference", "bh", "单据编号")
FIRST_REQUEST = 447473
STATES = {Stage.RUNNING: ("1", "审批"), Stage.AGREED: ("3", "归档"), Stage.REFUSED: ("0", "退回")}


class Played(Emulator):
    """Its form has an amount under `amount`, `je` or 金额, and its sender's number under `reference`, `bh` or
    单据编号; without that its request's name is the key. Numbers are request ids."""

    title = "Weaver e-cology 9 (泛微)"
    docs = "https://e-cloudstore.com/doc.html"
    account: ClassVar = {"appid": "relay-app", "userid": "1", "workflowId": "26", "secret": "weaver-secret"}
    session_s: ClassVar = 1800
    spared: ClassVar = frozenset({Knob.CLOSED_PERIOD})

    def __init__(self, books: Books, knobs: Knobs) -> None:
        super().__init__(books, knobs)
        self.approvals = Approvals()

    def routes(self) -> Iterable[web.RouteDef]:
        yield self.on(Purpose.LOGIN, "POST", "/api/ec/dev/auth/regist", self._register)
        yield self.on(Purpose.LOGIN, "POST", "/api/ec/dev/auth/applytoken", self._token)
        yield self.on(Purpose.POSTING, "POST", f"{PA}/doCreateRequest", self._create)
        yield self.on(Purpose.ASKING, "GET", f"{PA}/getRequestStatus", self._status)

    def shown(self) -> dict[str, str]:
        return {**self.account, "spk": public_key()}

    def throttled(self, request: web.Request) -> web.Response:
        return _refused("SYSTEM_INNER_ERROR", "系统繁忙，请稍后再试")

    async def _register(self, request: web.Request) -> web.Response:
        """Gives the secret and the public key; the caller's own key (cpk) is taken unread."""
        if request.headers.get("appid") != self.account["appid"] or not request.headers.get("cpk"):
            return _unknown("appid未注册或cpk为空")
        given = {"secrit": self.account["secret"], "secret": self.account["secret"], "spk": public_key()}
        return as_json({"status": True, "code": "0", "msg": "ok", **given})

    async def _token(self, request: web.Request) -> web.Response:
        """For as many seconds as the header `time` says, 1800 without it."""
        if request.headers.get("appid") != self.account["appid"]:
            return _unknown("appid未注册")
        secret = opened(request.headers.get("secret", ""))
        if not hmac.compare_digest(secret.encode(), self.account["secret"].encode()):
            return _unknown("secret解密失败")
        time = request.headers.get("time", "")
        token = self.sessions.begin(float(time) if time.isdigit() else None)
        return as_json({"msg": "获取成功!", "code": 0, "status": True, "token": token})

    async def _create(self, request: web.Request) -> web.Response:
        self._check(request)
        asked = {name: str(value) for name, value in (await request.post()).items()}
        if asked.get("workflowId") != self.account["workflowId"]:
            return _refused("NO_PERMISSION", "没有该流程的创建权限")
        fields = _fields(asked)
        if not asked.get("requestName") or not fields:
            return _refused("PARAM_ERROR", "requestName、mainData不能为空")
        number = FIRST_REQUEST - 1 + self.books.next_number("request")
        self.books.post(
            Entry(
                number=str(number),
                key=key_of(fields, KEYS, asked["requestName"]),
                kind="request",
                state="running",
                amount=amount_of(fields),
                document=asked,
            )
        )
        return _said({"requestid": number})

    async def _status(self, request: web.Request) -> web.Response:
        self._check(request)
        entry = self.books.numbered(request.query.get("requestId", ""))
        if entry is None:
            return _refused("PARAM_ERROR", "流程不存在")
        stage = self.approvals.ask(entry.number, entry.document["requestName"])
        entry.state = str(stage)
        node, name = STATES[stage]
        said = {"requestId": entry.number, "requestName": entry.document["requestName"], "status": name}
        return _said({**said, "currentNodeType": node})

    def _check(self, request: web.Request) -> None:
        token = request.headers.get("token")
        if not self.sessions.holds(token):
            raise Declined(_unknown(f"token不存在或者超时：{token}"))
        if request.headers.get("appid") != self.account["appid"]:
            raise Declined(_unknown("appid未注册"))
        if opened(request.headers.get("userid", "")) != self.account["userid"]:
            raise Declined(as_json({"msg": "登录信息超时", "errorCode": "002", "status": False}))


def _fields(asked: Mapping[str, str]) -> dict[str, Any]:
    """The main table's values by name, from JSON inside the form's field."""
    try:
        sent = decode_json(asked.get("mainData", "[]").encode())
    except BadJson:
        raise Declined(_refused("PARAM_ERROR", "mainData不是JSON")) from None
    return {
        each["fieldName"]: each.get("fieldValue") for each in sent if isinstance(each, dict) and "fieldName" in each
    }


def _unknown(why: str) -> web.Response:
    return as_json({"msg": why, "code": -1, "status": False})


def _said(data: Any) -> web.Response:
    return as_json({"code": "SUCCESS", "data": data, "errMsg": {}, "reqFailMsg": {"keyParameters": {}, "msgInfo": {}}})


def _refused(code: str, why: str) -> web.Response:
    failed = {"keyParameters": {}, "msgInfo": {"detail": why}, "msgType": code, "otherParams": {}}
    return as_json({"code": code, "errMsg": {"msg": why}, "reqFailMsg": failed})
