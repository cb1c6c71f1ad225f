"""The contract of a signature scheme: how a source proves itself, and how Relay proves itself to others."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came. Header names are lower-case, values decoded as latin-1; `url` is the public one;
    `secret_path` is what stands behind /in/{source}/, or None."""

    method: str
    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    secret_path: str | None = None


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A request to be signed; `timestamp` in seconds since 1970."""

    id: str
    timestamp: int
    method: str
    url: str
    body: bytes
    headers: Mapping[str, str] = {}


class Scheme(Protocol):
    """`type` and `id` are `{{ … }}` texts over `event` and `body`, used unless the source sets its own; `on_differs`
    likewise. `open`: proves nothing, so that the source must say who may send (`allow:`)."""

    name: str
    type: str | None
    id: str | None
    on_differs: str
    open: bool

    def check_secret(self, secret: str, *, signs: bool = False) -> None:
        """Raises RelayError, without the secret in it, on one that can't verify (or sign, where `signs`)."""

    def verify(self, received: Received, secrets: Sequence[str], now: float) -> None:
        """Raises Forged unless the request proves itself with one of the secrets. `now`: seconds since 1970."""

    def sign(self, outgoing: Outgoing, secret: str) -> dict[str, str]:
        """The headers that prove a request. Raises RelayError where the scheme can't sign."""
