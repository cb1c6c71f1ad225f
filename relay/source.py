"""A source as it runs: how its requests prove themselves, and where it hears how they ended."""

from ipaddress import IPv4Network, IPv6Network

import msgspec

from relay.language.expression import Value
from relay.schema import Schema
from relay.signature import Scheme

Network = IPv4Network | IPv6Network
DAY_MS = 86_400_000


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """`to`: a destination's name. `on`: of which ends. `routes`: of which routes; None for all."""

    to: str
    on: frozenset[str] = frozenset({"delivered", "held", "dead"})
    routes: frozenset[str] | None = None


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """`type` and `id` see `event` (source, headers) and `body`. `rate`: requests a second. `allow`: nothing for any
    network. `hidden`: headers (lower-case) that hold a credential and aren't kept. `schema`: what
    bodies must look like."""

    name: str
    scheme: Scheme
    secrets: tuple[str, ...] = ()
    type: Value | None = None
    id: Value | None = None
    on_differs: str = "hold"
    dedupe_ms: int = 30 * DAY_MS
    rate: float | None = None
    allow: tuple[Network, ...] = ()
    max_body: int = 1 << 20
    public_url: str | None = None
    callback: Callback | None = None
    hidden: frozenset[str] = frozenset()
    schema: Schema | None = None
