"""A login in the words of routes.yaml: requests that give a token or cookies, how long these last, where they go."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from relay.described import Braced, DurationText, says, unless
from relay.destination import Answer, Auth, Login, Moment, Request, Session, Steps
from relay.destinations.auths.fingerprint import fingerprint_of
from relay.destinations.auths.placing import with_cookies
from relay.destinations.auths.setting import AuthSetting, Place, check_duration, check_headers, secrets_in
from relay.destinations.auths.sign import NAMES, NOW, Placement, names_of
from relay.destinations.auths.steps import LoginRequest, Step
from relay.destinations.auths.told import cookies_of
from relay.errors import ExpressionError, LoginRefused
from relay.language.expression import Language
from relay.texts import _


class LoginAuth(AuthSetting, frozen=True, kw_only=True):
    """A login spelled out."""

    requests: Annotated[
        list[LoginRequest],
        says(
            "what is asked in turn",
            [
                {
                    "url": "https://b1.example.com/b1s/v1/Login",
                    "body": {"UserName": "relay", "Password": "${B1_PASSWORD}"},
                }
            ],
        ),
    ]
    cookies: Annotated[
        list[str] | bool,
        says("the cookies that are sent back: those named, or `true` for all", ["B1SESSION", "ROUTEID"], True),
    ] = False
    lasts: Annotated[
        Braced | None,
        says(
            "how long a session holds: a duration, or seconds by an expression over `session`",
            "30m",
            "{{ session.lasts }}",
        ),
        unless("until a request is refused"),
    ] = None
    early: Annotated[DurationText, says("how long before its end it is renewed", "5m")] = "5m"
    headers: Annotated[
        dict[str, Braced], says("headers that each request gets", {"X-Token": "{{ session.token }}"}), unless("none")
    ] = msgspec.field(default_factory=dict)
    query: Annotated[
        dict[str, Braced],
        says("what is put behind the `?` of each request", {"access_token": "{{ session.token }}"}),
        unless("nothing"),
    ] = msgspec.field(default_factory=dict)
    body: Annotated[
        dict[str, Any],
        says("top-level keys that are added to a JSON object", {"token": "{{ session.token }}"}),
        unless("nothing"),
    ] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.requests:
            raise ValueError(_("requests is empty: say how to log in"))
        if not (self.cookies or self.headers or self.query or self.body):
            raise ValueError(_("the session goes nowhere: say cookies, headers, query or body"))
        if self.lasts and "{{" not in self.lasts:
            check_duration("lasts", self.lasts)
        check_duration("early", self.early)
        check_headers(self.headers)

    def compiled(self, language: Language, place: Place) -> Auth:
        return LoggedIn(self, language, place)


class LoggedIn:
    """The strategy, and its own login. Raises RelayError."""

    def __init__(self, settings: LoginAuth, language: Language, place: Place) -> None:
        taken = frozenset(f"session.{name}" for each in settings.requests for name in each.take)
        session = taken or frozenset({"session"})
        self._settings = settings
        self._placement = Placement(settings, language, NAMES | session, place)
        self._steps = [
            Step(each, language, NOW | session, _below(place, ("requests", number)))
            for number, each in enumerate(settings.requests)
        ]
        self._lasts_ms, self._lasts = None, None
        if settings.lasts and "{{" in settings.lasts:
            self._lasts = language.value(settings.lasts, session, place(("lasts",)))
        elif settings.lasts:
            self._lasts_ms = check_duration("lasts", settings.lasts)
        self.early_ms = check_duration("early", settings.early)
        self.fingerprint = fingerprint_of(settings, language.known("vars"))
        self._secrets = [*secrets_in(msgspec.to_builtins(settings)), *secrets_in(language.known("vars"))]

    @property
    def login(self) -> Login:
        return self

    def steps(self, moment: Callable[[], Moment], kept: Mapping[str, str]) -> Steps:
        values: dict[str, Any] = {}
        cookies: dict[str, str] = {}
        for step in self._steps:
            names = names_of(moment()) | {"session": values}
            answer: Answer = yield with_cookies(step.request(names), cookies)
            values = values | step.taken(answer, names)
            cookies |= cookies_of(answer)
        return Session(values=values, cookies=self._sent_back(cookies), lasts_ms=self._lasting(values))

    def _sent_back(self, cookies: Mapping[str, str]) -> dict[str, str]:
        wanted = self._settings.cookies
        if isinstance(wanted, bool):
            return dict(cookies) if wanted else {}
        if missing := [name for name in wanted if name not in cookies]:
            raise LoginRefused(_("the login brought no cookie {name}", name=missing[0][:40]))
        return {name: cookies[name] for name in wanted}

    def _lasting(self, values: Mapping[str, Any]) -> int | None:
        if self._lasts is None:
            return self._lasts_ms
        try:
            return int(Decimal(self._lasts.printed({"session": values})) * 1000)
        except (ExpressionError, ValueError, ArithmeticError):
            raise LoginRefused(_("the login's answer doesn't say in seconds how long it lasts")) from None

    def authorise(self, request: Request, session: Session | None, moment: Moment) -> Request:
        return self._placement.put(request, session, moment) if session else request

    def secrets(self) -> list[str]:
        return self._secrets


def _below(place: Place, at: tuple[str | int, ...]) -> Place:
    return lambda path: place((*at, *path))
