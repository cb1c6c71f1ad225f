"""OAuth 2.0 without a person: client credentials, password, refresh token, JWT bearer (RFC 6749, 7521, 7523)."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import quote_plus, urlencode

import msgspec

from relay.described import says, unless
from relay.destination import Answer, Assertion, Moment, Request, Session, Steps
from relay.destinations.auths.bearing import BearingSetting
from relay.destinations.auths.fixed import basic
from relay.destinations.auths.jwt import Algorithm, claims_of
from relay.destinations.auths.setting import check, check_duration, check_key, check_url
from relay.destinations.auths.told import check_ready
from relay.destinations.content import Kind, read
from relay.duration import parse_duration_ms
from relay.errors import LoginLater, LoginRefused, Unreadable
from relay.texts import _

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_GRANTS = {"jwt_bearer": "urn:ietf:params:oauth:grant-type:jwt-bearer"}
_NEEDS = {
    "client_credentials": (),
    "password": ("username", "password"),
    "refresh_token": ("refresh_token",),
    "jwt_bearer": ("key",),
}
_NOT_NOW = frozenset({"temporarily_unavailable", "server_error", "slow_down"})
_CODE = re.compile(r"[a-z_]{1,40}")
_ASSERTED_MS = 300_000


class OAuth2Auth(BearingSetting, frozen=True, kw_only=True):
    """A refresh token that rotates is kept with the session."""

    token_url: Annotated[str, says("the token server's address", "https://login.example.com/oauth2/token")]
    client_id: Annotated[str, says("who asks", "relay")]
    grant: Annotated[
        Literal["client_credentials", "password", "refresh_token", "jwt_bearer"],
        says("what the token is given for", "client_credentials"),
    ] = "client_credentials"
    client_auth: Annotated[
        Literal["basic", "body", "private_key"], says("how the client proves itself to the token server", "body")
    ] = "basic"
    client_secret: Annotated[
        str | None,
        says("the client's secret", "${ERP_SECRET}"),
        unless("none; needed unless `client_auth` is `private_key` or `grant` is `jwt_bearer`"),
    ] = None
    scope: Annotated[str | None, says("what is asked for", "vouchers.write"), unless("none")] = None
    audience: Annotated[
        str | None,
        says("whom the token, or the assertion, is for", "https://erp.example.com"),
        unless("the token server, for an assertion"),
    ] = None
    username: Annotated[
        str | None, says("the user, for `password`; the subject, for `jwt_bearer`", "relay@example.com"), unless("none")
    ] = None
    password: Annotated[str | None, says("the user's password, for `password`", "${ERP_PASSWORD}"), unless("none")] = (
        None
    )
    refresh_token: Annotated[
        str | None,
        says("the first one, for `refresh_token`; one that rotates is kept by Relay", "${ERP_REFRESH_TOKEN}"),
        unless("none"),
    ] = None
    key: Annotated[
        str | None,
        says("the private key in PEM, for `private_key` and `jwt_bearer`", "${file:keys/relay.pem}"),
        unless("none"),
    ] = None
    key_id: Annotated[str | None, says("the key's id, in the head of the assertion", "k1"), unless("none")] = None
    algorithm: Annotated[Algorithm, says("how the assertion is signed", "ES256")] = "RS256"
    params: Annotated[
        dict[str, str],
        says("further fields of the token request", {"resource": "https://erp.example.com"}),
        unless("none"),
    ] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        check_url("token_url", self.token_url)
        check("client_id", self.client_id)
        for key in (*_NEEDS[self.grant], *self._proof()):
            if getattr(self, key) is None:
                raise ValueError(
                    _(
                        "{key} is missing: grant {grant} with client_auth {client_auth} needs it",
                        key=key,
                        grant=self.grant,
                        client_auth=self.client_auth,
                    )
                )
        for key in ("client_secret", "password", "refresh_token"):
            if getattr(self, key) is not None:
                check(key, getattr(self, key))
        if self.key is not None:
            check_key(self.key, self.algorithm)
        check_duration("lasts", self.lasts)
        check_duration("early", self.early)

    def _proof(self) -> tuple[str, ...]:
        """What the client shows; a JWT bearer may do without, as its assertion says who it is."""
        if self.client_auth == "private_key":
            return ("key",)
        return () if self.grant == "jwt_bearer" else ("client_secret",)

    def steps(self, moment: Callable[[], Moment], kept: Mapping[str, str]) -> Steps:
        given = kept.get("refresh_token", self.refresh_token)
        form = self._form(given)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if self.grant == "jwt_bearer":
            form["assertion"] = yield self._assertion(moment(), self.username or self.client_id, self.audience)
        if self.client_auth == "private_key":
            form["client_assertion"] = yield self._assertion(moment(), self.client_id, None)
        elif self.client_auth == "basic" and self.client_secret:
            headers["Authorization"] = f"Basic {self._pair()}"
        answer = yield Request(
            method="POST", url=self.token_url, headers=headers, body=urlencode({**form, **self.params}).encode()
        )
        return self._session(_granted(answer), given)

    def _form(self, refresh_token: str | None) -> dict[str, str]:
        body, key = self.client_auth == "body", self.client_auth == "private_key"
        asserted = self.grant == "jwt_bearer"
        form = {
            "grant_type": _GRANTS.get(self.grant, self.grant),
            "client_id": self.client_id if body else None,
            "client_secret": self.client_secret if body else None,
            "client_assertion_type": ASSERTION_TYPE if key else None,
            "scope": self.scope,
            "audience": None if asserted or key else self.audience,
            "username": self.username if self.grant == "password" else None,
            "password": self.password if self.grant == "password" else None,
            "refresh_token": refresh_token if self.grant == "refresh_token" else None,
        }
        return {name: value for name, value in form.items() if value is not None}

    def _assertion(self, moment: Moment, subject: str, audience: str | None) -> Assertion:
        said = {"iss": self.client_id, "sub": subject, "aud": audience or self.audience or self.token_url}
        scope = {"scope": self.scope} if self.scope else {}
        claims = claims_of(moment, _ASSERTED_MS, said) | scope
        return Assertion(key=self.key or "", algorithm=self.algorithm, key_id=self.key_id, claims=claims)

    def _pair(self) -> str:
        """Encoded as a form's before they are joined (RFC 6749, 2.3.1)."""
        return basic(quote_plus(self.client_id), quote_plus(self.client_secret or ""))

    def _session(self, granted: Mapping[str, Any], given: str | None) -> Session:
        kept = {"refresh_token": granted.get("refresh_token") or given} if self.grant == "refresh_token" else {}
        return Session(
            values={"token": granted["access_token"]},
            kept={name: value for name, value in kept.items() if value},
            lasts_ms=_seconds(granted.get("expires_in")) or parse_duration_ms(self.lasts),
        )

    def secrets(self) -> list[str]:
        pair = self._pair() if self.client_secret else None
        found = (self.client_secret, self.password, self.refresh_token, self.key, pair)
        return [secret for secret in found if secret]


def _granted(answer: Answer) -> Mapping[str, Any]:
    """What was granted (RFC 6749, 5.1). Raises LoginRefused, LoginLater; neither shows more than the error's code."""
    try:
        said = read(answer, Kind.JSON)
    except Unreadable as fault:
        check_ready(answer)
        if answer.status < 300:
            raise LoginLater(_("the login's answer: {what}", what=fault.what)) from None
        said = None
    said = said if isinstance(said, dict) else {}
    token = said.get("access_token")
    if answer.status < 300 and isinstance(token, str) and token:
        return said
    code = said.get("error")
    if code in _NOT_NOW:
        raise LoginLater(_("the login was put off: {code}", code=code))
    check_ready(answer)
    known = f": {code}" if isinstance(code, str) and _CODE.fullmatch(code) else ""
    raise LoginRefused(_("the login was refused: answered {status}{known}", status=answer.status, known=known))


def _seconds(value: Any) -> int | None:
    """In ms; a number, or text with one, as some servers write it."""
    text = str(value)
    return int(text) * 1000 if text.isascii() and text.isdecimal() and len(text) < 10 and int(text) else None
