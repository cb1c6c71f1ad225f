"""Feishu's approvals: instances of its own under a uuid that counts once, and approvals of others that are shown there.

Documented (open.feishu.cn, approval v4): both resources, 60012 for a uuid that is taken, asking by uuid, update_time
that must grow, 1390001, 1395001 and 1390014. Inferred: HTTP 400 with these codes, 99991663 for a token that has ended,
and when an instance is "synced too soon": here each second time. Approvers agree after two questions, and refuse where
the form says 驳回."""

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
from relay.emulators.stage.wire import bearer, told
from relay.errors import RelayError
from relay.money import decode_json

BASE = "/open-apis/approval/v4"
INSTANCE, EXTERNAL = "approval", "external approval"
STATUS = {Stage.RUNNING: "PENDING", Stage.AGREED: "APPROVED", Stage.REFUSED: "REJECTED"}
EXTERNALS = {"PENDING", "APPROVED", "REJECTED", "CANCELED", "DELETED", "HIDDEN", "TERMINATED"}


class Played(Emulator):
    """Answers code 0 with instance_code, or another code with its reason."""

    title = "Feishu approvals"
    docs = "https://open.feishu.cn/document/server-docs/approval-v4/instance/create"
    account: ClassVar = {"app_id": "feishu-app", "app_secret": "feishu-secret", "approval_code": "APPROVAL-EXPENSE"}
    spared: ClassVar = frozenset({Knob.CLOSED_PERIOD})

    def __init__(self, *stage: Any) -> None:
        super().__init__(*stage)
        self._approvals = Approvals()
        self._just_synced: set[str] = set()

    def routes(self) -> Iterable[web.RouteDef]:
        yield self.on(Purpose.LOGIN, "POST", "/open-apis/auth/v3/tenant_access_token/internal", self._log_in)
        yield self.on(Purpose.POSTING, "POST", f"{BASE}/instances", self._create)
        yield self.on(Purpose.ASKING, "GET", f"{BASE}/instances/{{id}}", self._get)
        yield self.on(Purpose.POSTING, "POST", f"{BASE}/external_instances", self._sync)
        yield self.on(Purpose.ASKING, "POST", f"{BASE}/external_instances/check", self._check)

    def throttled(self, request: web.Request) -> web.Response:
        return _refused(1395001, "There have been some errors. Please try again later.")

    async def _log_in(self, request: web.Request) -> web.Response:
        given = await told(request)
        if any(given.get(name) != self.account[name] for name in ("app_id", "app_secret")):
            return as_json({"code": 10014, "msg": "app secret invalid"})
        token = self.sessions.begin()
        return as_json({"code": 0, "msg": "ok", "tenant_access_token": token, "expire": int(self.session_s)})

    async def _create(self, request: web.Request) -> web.Response:
        if not self.sessions.holds(bearer(request)):
            return _unknown()
        try:
            entry = self.books.post(self._instance(await told(request)))
        except RelayError as error:
            return _refused(int(code_of(error, "1390001")), str(error))
        return _data(instance_code=entry.number)

    def _instance(self, asked: dict[str, Any]) -> Entry:
        require(asked, "approval_code", "form")
        if not (asked.get("user_id") or asked.get("open_id")):
            raise Wrong("user_id is required")
        if asked["approval_code"] != self.account["approval_code"]:
            raise Wrong("approval code not found", "1390002")
        uuid = str(asked.get("uuid", ""))
        if uuid and self.books.find(uuid, INSTANCE):
            raise Wrong("uuid conflict", "60012")
        widgets = objects(decode_json(str(asked["form"]).encode()))
        return Entry(
            number=f"INSTANCE-{self.books.next_number(INSTANCE):06}",
            key=uuid or (str(widgets[0].get("value", "")) if widgets else ""),
            kind=INSTANCE,
            state="PENDING",
            amount=_money(widgets),
            document=asked,
        )

    async def _get(self, request: web.Request) -> web.Response:
        if not self.sessions.holds(bearer(request)):
            return _unknown()
        asked = request.match_info["id"]
        entry = self.books.numbered(asked) or self.books.find(asked, INSTANCE)
        if entry is None:
            return _refused(1390003, "instance code not found")
        entry.state = STATUS[self._approvals.ask(entry.number, str(entry.document))]
        return _data(instance_code=entry.number, status=entry.state, uuid=entry.document.get("uuid", ""))

    async def _sync(self, request: web.Request) -> web.Response:
        if not self.sessions.holds(bearer(request)):
            return _unknown()
        try:
            return _data(data=self._synced(await told(request)))
        except RelayError as error:
            return _refused(int(code_of(error, "1390001")), str(error))

    def _synced(self, asked: dict[str, Any]) -> dict[str, Any]:
        """An instance of its own number, shown as it is now."""
        require(asked, "approval_code", "instance_id", "status", "links", "start_time", "end_time", "update_time")
        if asked["status"] not in EXTERNALS:
            raise Wrong("status is invalid")
        updated, key = int(amount(asked["update_time"])), str(asked["instance_id"])
        known = self.books.find(key, EXTERNAL)
        if known is None:
            known = self.books.post(
                Entry(number=key, key=key, kind=EXTERNAL, state="", amount=None, document=asked | {"update_time": 0})
            )
        elif key in self._just_synced:
            self._just_synced.remove(key)
            raise Wrong("the instance was synced too soon before", "1390014")
        self._just_synced.add(key)
        if updated > int(amount(known.document["update_time"])):
            known.state, known.document = asked["status"], asked
        return asked

    async def _check(self, request: web.Request) -> web.Response:
        """Those that differ from what is shown."""
        if not self.sessions.holds(bearer(request)):
            return _unknown()
        asked = objects((await told(request)).get("instances"))
        return _data(diff_instances=[each for each in asked if not self._is_shown(each)])

    def _is_shown(self, asked: dict[str, Any]) -> bool:
        known = self.books.find(str(asked.get("instance_id", "")), EXTERNAL)
        return known is not None and str(known.document["update_time"]) == str(asked.get("update_time"))


def _money(widgets: list[dict[str, Any]]) -> Decimal | None:
    return next((amount(each.get("value")) for each in widgets if each.get("type") == "amount"), None)


def _data(**data: object) -> web.Response:
    return as_json({"code": 0, "msg": "success", "data": data})


def _unknown() -> web.Response:
    return _refused(99991663, "Invalid access token for authorization.")


def _refused(code: int, text: str) -> web.Response:
    return as_json({"code": code, "msg": text}, 400)
