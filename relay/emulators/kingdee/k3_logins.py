"""The three logins of K/3 Cloud: by password, by an app's secret, by a signature made with it."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping

from aiohttp import web

from relay.emulators.kingdee.k3_words import sent_by
from relay.emulators.stage.answers import as_json
from relay.emulators.stage.emulator import Answer
from relay.emulators.stage.lockout import Lockout
from relay.emulators.stage.sessions import Sessions


class Logins:
    """Each answers with HTTP 200; LoginResultType is 1 where it counts."""

    def __init__(self, account: Mapping[str, str], sessions: Sessions, lockout: Lockout) -> None:
        self._account, self._sessions, self._lockout = account, sessions, lockout

    def ways(self) -> Iterable[tuple[str, Answer]]:
        """Their names in the address."""
        yield "ValidateUser", self._validate_user
        yield "LoginByAppSecret", self._login_by_secret
        yield "LoginBySign", self._login_by_sign

    async def _validate_user(self, request: web.Request) -> web.Response:
        account, user, password = await _values(request, ("acctID", "username", "password"))
        return self._logged_in(user, self._known(account, user) and password == self._account["password"])

    async def _login_by_secret(self, request: web.Request) -> web.Response:
        account, user, app, secret = await _values(request, ("acctID", "username", "appId", "appSecret"))
        right = app == self._account["appId"] and secret == self._account["appSecret"]
        return self._logged_in(user, self._known(account, user) and right)

    async def _login_by_sign(self, request: web.Request) -> web.Response:
        account, user, app, time, sign = await _values(request, ("acctID", "username", "appId", "timestamp", "sign"))
        parts = sorted([account, user, app, self._account["appSecret"], time])
        right = hmac.compare_digest(hashlib.sha256("".join(parts).encode()).hexdigest().encode(), sign.encode())
        return self._logged_in(user, self._known(account, user) and right, "002005000003016")

    def _known(self, account: str, user: str) -> bool:
        return account == self._account["acctID"] and user == self._account["username"]

    def _logged_in(self, user: str, right: bool, code: str = "") -> web.Response:
        if self._lockout.shuts_out(user):
            return _login(0, "登录失败次数超限，用户已被锁定，请30分钟后再试")
        if not right:
            self._lockout.wrong(user)
            return _login(0, "用户名或密码错误" if not code else "签名不正确", code)
        self._lockout.right(user)
        token = self._sessions.begin()
        answer = _login(1, None, token=token)
        answer.set_cookie("kdservice-sessionid", token)
        answer.set_cookie("ASP.NET_SessionId", token[:24])
        return answer


async def _values(request: web.Request, names: tuple[str, ...]) -> list[str]:
    """The named values of a login, or as many in order."""
    sent = await sent_by(request)
    found = [sent.get(name) for name in names] if isinstance(sent, dict) else list(sent)
    return [str(each or "") for each in [*found, *[""] * len(names)][: len(names)]]


def _login(result: int, message: str | None, code: str = "", token: str | None = None) -> web.Response:
    said = {"Message": message, "MessageCode": code, "LoginResultType": result}
    return as_json({**said, "KDSVCSessionId": token, "IsSuccessByAPI": result == 1})
