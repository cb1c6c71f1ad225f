"""The contract of a signature scheme: how a source proves itself, and how Relay proves itself to others."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came. Header names are lower-case, values decoded as latin-1; `url` is the public one;
    `secret_path` is what stands behind /in/{source}/, or None.

    `tree`: the body as plain data, for a scheme that `reads_body`. `items`: those of the batch, for one that takes
    `each`. `vars`: the source's. `key`: the public key that was fetched for it, in PEM or as a JWK, for one that is
    `keyed`."""

    method: str
    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    secret_path: str | None = None
    tree: Any = None
    items: Sequence[Any] = ()
    vars: Mapping[str, str] = {}
    key: str | None = None


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
    likewise.

    `open`: proves nothing, so that the source must say who may send (`allow:`). `needs_secret`: False where no secret
    of the source's is asked, or where it can do without. `keyed`: takes the key that was fetched, `Received.key`.
    `reads_body`, `each`: needs `Received.tree`, `Received.items`. `signs_url`: `Received.url` must be the address that
    the sender used. `binds_body`: no byte of the body may change. `vars`: the names of the variables that it reads.
    `hidden`, `hidden_query`: headers (lower-case) and names of the query that hold the secret itself.
    """

    name: str
    type: str | None
    id: str | None
    on_differs: str
    open: bool
    needs_secret: bool
    keyed: bool
    reads_body: bool
    each: bool
    signs_url: bool
    binds_body: bool
    vars: frozenset[str]
    hidden: frozenset[str]
    hidden_query: frozenset[str]

    def check_secret(self, secret: str, *, signs: bool = False) -> None:
        """Raises RelayError, without the secret in it, on one that can't verify (or sign, where `signs`)."""

    def verify(self, received: Received, secrets: Sequence[str], now: float) -> str:
        """The secret (or key) that proved the request, "" where it needs none. Raises Forged unless one does.
        `now`: seconds since 1970."""

    def sign(self, outgoing: Outgoing, secret: str) -> dict[str, str]:
        """The headers that prove a request. Raises RelayError where the scheme can't sign by headers alone."""

    def signed(self, outgoing: Outgoing, secret: str, variables: Mapping[str, str]) -> Outgoing:
        """The request as its sender would send it: the proof is in the headers, the address or the body.
        Raises RelayError where scheme, secret or request don't allow it."""

    def played(self, outgoing: Outgoing, secret: str, variables: Mapping[str, str], chance: str) -> Outgoing:
        """As `signed`, with the times and nonces that it signs and the request lacks, made from `chance`."""
