"""Credentials that don't change: none, user and password, a token, a header, a query."""

import base64
from typing import Annotated

from relay.described import says
from relay.destination import Moment, Request, Session
from relay.destinations.auths.placing import with_header, with_query
from relay.destinations.auths.setting import FixedSetting, check, check_headers
from relay.texts import _


class NoneAuth(FixedSetting, frozen=True):
    """Nothing is added."""

    def authorise(self, request: Request, session: Session | None, moment: Moment) -> Request:
        return request

    def secrets(self) -> list[str]:
        return []


class BasicAuth(FixedSetting, frozen=True, kw_only=True):
    """User name and password, as UTF-8 (RFC 7617)."""

    username: Annotated[str, says("the user's name, without a colon", "relay")]
    password: Annotated[str, says("the password", "${ERP_PASSWORD}")]

    def __post_init__(self) -> None:
        if ":" in self.username:
            raise ValueError(_("a user name can't hold a colon"))
        check("password", self.password)

    def authorise(self, request: Request, session: Session | None, moment: Moment) -> Request:
        return with_header(request, "Authorization", f"Basic {basic(self.username, self.password)}")

    def secrets(self) -> list[str]:
        return [self.password, basic(self.username, self.password)]


class BearerAuth(FixedSetting, frozen=True, kw_only=True):
    """A token that doesn't change (RFC 6750)."""

    token: Annotated[str, says("a token that doesn't change", "${ERP_TOKEN}")]

    def __post_init__(self) -> None:
        check("token", self.token)

    def authorise(self, request: Request, session: Session | None, moment: Moment) -> Request:
        return with_header(request, "Authorization", f"Bearer {self.token}")

    def secrets(self) -> list[str]:
        return [self.token]


class HeaderAuth(FixedSetting, frozen=True, kw_only=True):
    """A secret in a header of any name."""

    name: Annotated[str, says("the header's name", "X-API-Key")]
    value: Annotated[str, says("the secret that it holds", "${ERP_KEY}")]

    def __post_init__(self) -> None:
        check_headers({self.name: self.value})
        check("value", self.value)

    def authorise(self, request: Request, session: Session | None, moment: Moment) -> Request:
        return with_header(request, self.name, self.value)

    def secrets(self) -> list[str]:
        return [self.value]


class QueryAuth(FixedSetting, frozen=True, kw_only=True):
    """A secret in the URL's query."""

    name: Annotated[str, says("the parameter's name", "accessToken")]
    value: Annotated[str, says("the secret that it holds", "${ERP_KEY}")]

    def __post_init__(self) -> None:
        check("name", self.name)
        check("value", self.value)

    def authorise(self, request: Request, session: Session | None, moment: Moment) -> Request:
        return with_query(request, self.name, self.value)

    def secrets(self) -> list[str]:
        return [self.value]


def basic(username: str, password: str) -> str:
    """The pair as RFC 7617 encodes it."""
    return base64.b64encode(f"{username}:{password}".encode()).decode()
