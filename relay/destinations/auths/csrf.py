"""A CSRF token with its cookies, as SAP's OData services want it on each change: fetched first, sent along after.

https://sap.github.io/cloud-sdk/docs/js/features/connectivity/csrf
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

import msgspec

from relay.described import DurationText, says, unless
from relay.destination import Auth, Login, Moment, Request, Session, Steps
from relay.destinations.auths.fingerprint import fingerprint_of
from relay.destinations.auths.fixed import BasicAuth, BearerAuth, HeaderAuth, NoneAuth, QueryAuth
from relay.destinations.auths.jwt import JwtAuth
from relay.destinations.auths.oauth1 import OAuth1Auth
from relay.destinations.auths.oauth2 import OAuth2Auth
from relay.destinations.auths.placing import with_cookies, with_header
from relay.destinations.auths.setting import AuthSetting, Place, check_duration, check_url, folded
from relay.destinations.auths.told import check_ready, cookies_of
from relay.destinations.status import reason
from relay.errors import LoginRefused
from relay.language.expression import Language
from relay.texts import _

HEADER = "X-CSRF-Token"
Beside = NoneAuth | BasicAuth | BearerAuth | HeaderAuth | QueryAuth | OAuth1Auth | OAuth2Auth | JwtAuth


class CsrfAuth(AuthSetting, frozen=True, kw_only=True):
    """`auth` goes with the fetch and with each request."""

    url: Annotated[
        str, says("where the token is fetched, with its cookies", "https://s4.example.com/sap/opu/odata/sap/API_X/")
    ]
    method: Annotated[Literal["HEAD", "GET"], says("how it is fetched", "GET")] = "HEAD"
    auth: Annotated[
        Beside,
        says(
            "any but `sign`, `csrf` and `login`; goes with the fetch and with each request",
            {"type": "basic", "username": "relay", "password": "${S4_PASSWORD}"},
        ),
        unless("none"),
    ] = NoneAuth()
    lasts: Annotated[
        DurationText | None, says("how long a token holds", "30m"), unless("until a request is refused")
    ] = None
    early: Annotated[DurationText, says("how long before its end it is renewed", "1m")] = "1m"

    def __post_init__(self) -> None:
        check_url("url", self.url)
        check_duration("lasts", self.lasts or "1h")
        check_duration("early", self.early)

    def compiled(self, language: Language, place: Place) -> Auth:
        inner = self.auth.compiled(language, lambda path: place(("auth", *path)))
        return Csrf(folded(msgspec.structs.replace(self, auth=NoneAuth()), language, place), inner)


class Csrf:
    """The strategy, and its own login."""

    def __init__(self, settings: CsrfAuth, inner: Auth) -> None:
        self._settings, self._inner = settings, inner
        self.early_ms = check_duration("early", settings.early)
        self._lasts_ms = check_duration("lasts", settings.lasts) if settings.lasts else None
        self.fingerprint = fingerprint_of([settings, inner])

    @property
    def login(self) -> Login:
        return self

    def steps(self, moment: Callable[[], Moment], kept: Mapping[str, str]) -> Steps:
        login = self._inner.login
        inner = (yield from login.steps(moment, kept)) if login else None
        fetch = Request(method=self._settings.method, url=self._settings.url, headers={HEADER: "Fetch"}, body=b"")
        answer = yield self._inner.authorise(fetch, inner, moment())
        token = answer.headers.get(HEADER.lower(), "")
        if not token or token.lower() == "required":
            check_ready(answer)
            raise LoginRefused(_("no CSRF token came: {reason}", reason=reason(answer)))
        ends = [lasts for lasts in (self._lasts_ms, inner.lasts_ms if inner else None) if lasts]
        return Session(
            values={"token": token} | ({"auth": inner.values} if inner else {}),
            cookies=cookies_of(answer),
            kept=inner.kept if inner else {},
            lasts_ms=min(ends, default=None),
        )

    def authorise(self, request: Request, session: Session | None, moment: Moment) -> Request:
        if session is None:
            return request
        inner = Session(values=session.values.get("auth", {}))
        proved = self._inner.authorise(request, inner, moment)
        return with_header(with_cookies(proved, session.cookies), HEADER, session.values["token"])

    def secrets(self) -> list[str]:
        return self._inner.secrets()
