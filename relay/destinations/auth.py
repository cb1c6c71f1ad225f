"""How Relay proves itself to a destination: the `auth:` of routes.yaml, one class for each `type`."""

import base64
from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from relay.destination import Request
from relay.sendable import HEADER_NAME


def _tag(name: str) -> str:
    return name.removesuffix("Auth").lower()


class _Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag=_tag):
    """What `type` says picks the class; its fields are the other keys. Never shown whole: they are secrets."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


class NoneAuth(_Settings, frozen=True):
    """Nothing is added."""

    def authorise(self, request: Request) -> Request:
        return request

    def secrets(self) -> list[str]:
        return []


class BasicAuth(_Settings, frozen=True, kw_only=True):
    """User name and password, as UTF-8 (RFC 7617)."""

    username: str
    password: str

    def __post_init__(self) -> None:
        if ":" in self.username:
            raise ValueError("a user name can't hold a colon")
        _check("password", self.password)

    def authorise(self, request: Request) -> Request:
        return _with_header(request, "Authorization", f"Basic {self._pair()}")

    def secrets(self) -> list[str]:
        return [self.password, self._pair()]

    def _pair(self) -> str:
        return base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


class BearerAuth(_Settings, frozen=True, kw_only=True):
    """A token that doesn't change (RFC 6750)."""

    token: str

    def __post_init__(self) -> None:
        _check("token", self.token)

    def authorise(self, request: Request) -> Request:
        return _with_header(request, "Authorization", f"Bearer {self.token}")

    def secrets(self) -> list[str]:
        return [self.token]


class HeaderAuth(_Settings, frozen=True, kw_only=True):
    """A secret in a header of any name."""

    name: str
    value: str

    def __post_init__(self) -> None:
        if not HEADER_NAME.fullmatch(self.name):
            raise ValueError("name isn't a header's name: use letters, digits and hyphens")
        _check("value", self.value)

    def authorise(self, request: Request) -> Request:
        return _with_header(request, self.name, self.value)

    def secrets(self) -> list[str]:
        return [self.value]


class QueryAuth(_Settings, frozen=True, kw_only=True):
    """A secret in the URL's query, behind what is there; the rest of the URL stays as it was rendered."""

    name: str
    value: str

    def __post_init__(self) -> None:
        _check("name", self.name)
        _check("value", self.value)

    def authorise(self, request: Request) -> Request:
        url, _, _ = request.url.partition("#")
        joint = "?" if "?" not in url else "" if url.endswith(("?", "&")) else "&"
        pair = f"{quote(self.name, safe='')}={quote(self.value, safe='')}"
        return msgspec.structs.replace(request, url=f"{url}{joint}{pair}")

    def secrets(self) -> list[str]:
        return [self.value]


AuthSettings = NoneAuth | BasicAuth | BearerAuth | HeaderAuth | QueryAuth


def _check(key: str, value: str) -> None:
    """Raises ValueError, which names the key and never the value."""
    if not value:
        raise ValueError(f"{key} is empty: is its variable set?")
    if not value.isprintable():
        raise ValueError(f"{key} holds a line break or another control character")


def _with_header(request: Request, name: str, value: str) -> Request:
    """The request with this header in place of any of the same name, however that is written."""
    return msgspec.structs.replace(request, headers={**_without(request.headers, name), name: value})


def _without(headers: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: text for key, text in headers.items() if key.lower() != name.lower()}
