"""DingTalk's approvals (v1.0 API): a token in a header, real HTTP errors, and results that are asked for.

Documented (open.dingtalk.com): the token, creating an instance and asking for it. Seen in recorded answers: a token
that isn't known is 400 InvalidAuthentication, not 401. Inferred: 403 with QpsLimitForApi when busy, and the texts. It
knows no double. Approvers agree after two questions, and refuse where the form says 驳回."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, ClassVar

from aiohttp import web

from relay.emulators.stage.answers import as_json
from relay.emulators.stage.approvals import Approvals, Stage
from relay.emulators.stage.books import Entry
from relay.emulators.stage.checks import Wrong, amount, code_of, objects, require
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.knobs import Knob
from relay.emulators.stage.wire import told
from relay.errors import RelayError

INSTANCES = "/v1.0/workflow/processInstances"
KIND = "approval"
ENDS = {Stage.RUNNING: ("RUNNING", ""), Stage.AGREED: ("COMPLETED", "agree"), Stage.REFUSED: ("COMPLETED", "refuse")}


class Played(Emulator):
    """Takes the first field of a form for its sender's own number, and the one named 金额 for its amount."""

    title = "DingTalk approvals"
    docs = "https://open.dingtalk.com/document/orgapp/create-an-approval-instance"
    account: ClassVar = {"appKey": "dingtalk-app", "appSecret": "dingtalk-secret", "processCode": "PROC-EXPENSE"}
    spared: ClassVar = frozenset({Knob.CLOSED_PERIOD})

    def __init__(self, *stage: Any) -> None:
        super().__init__(*stage)
        self._approvals = Approvals()

    def routes(self) -> Iterable[web.RouteDef]:
        yield self.on(Purpose.LOGIN, "POST", "/v1.0/oauth2/accessToken", self._log_in)
        yield self.on(Purpose.POSTING, "POST", INSTANCES, self._create)
        yield self.on(Purpose.ASKING, "GET", INSTANCES, self._result)

    def throttled(self, request: web.Request) -> web.Response:
        return _refused(403, "Forbidden.AccessDenied.QpsLimitForApi", "系统繁忙，请稍后重试")

    async def _log_in(self, request: web.Request) -> web.Response:
        given = await told(request)
        if any(given.get(name) != self.account[name] for name in ("appKey", "appSecret")):
            return _refused(400, "invalidClientIdOrSecret", "无效的clientId或者clientSecret")
        return as_json({"accessToken": self.sessions.begin(), "expireIn": int(self.session_s)})

    def _is_known(self, request: web.Request) -> bool:
        return self.sessions.holds(request.headers.get("x-acs-dingtalk-access-token"))

    async def _create(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _unknown()
        try:
            entry = self.books.post(self._entry(await told(request)))
        except RelayError as error:
            return _refused(400, code_of(error, "processInstanceInvalidParameter"), str(error))
        return as_json({"instanceId": entry.number})

    def _entry(self, asked: dict[str, Any]) -> Entry:
        require(asked, "processCode", "originatorUserId", "formComponentValues")
        if asked["processCode"] != self.account["processCode"]:
            raise Wrong("流程编码不存在", "processCodeError")
        form = objects(asked["formComponentValues"])
        for field in form:
            require(field, "name", "value")
        return Entry(
            number=f"instance-{self.books.next_number(KIND):06}",
            key=str(form[0]["value"]),
            kind=KIND,
            state="RUNNING",
            amount=_money(form),
            document=asked,
        )

    async def _result(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _unknown()
        entry = self.books.numbered(request.query.get("processInstanceId", ""))
        if entry is None:
            return _refused(400, "processInstanceNotExist", "审批实例不存在")
        entry.state, result = ENDS[self._approvals.ask(entry.number, str(entry.document))]
        told = {"originatorUserId": entry.document["originatorUserId"], "businessId": f"20260401{entry.number[-6:]}"}
        form = entry.document["formComponentValues"]
        said = {"status": entry.state, "result": result, "title": entry.key, "formComponentValues": form, **told}
        return as_json({"result": said, "success": "true"})


def _money(form: list[dict[str, Any]]) -> Decimal | None:
    return next((amount(field["value"]) for field in form if "金额" in str(field["name"])), None)


def _unknown() -> web.Response:
    return _refused(400, "InvalidAuthentication", "不合法的access_token")


def _refused(status: int, code: str, text: str) -> web.Response:
    return as_json({"requestid": "A0000000-0000-0000-0000-000000000000", "code": code, "message": text}, status)
