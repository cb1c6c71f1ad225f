"""A source as it runs: how its requests prove themselves, and where it hears how they ended."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network
from types import MappingProxyType

import msgspec

from relay.contents import AS_IT_CAME, Opening
from relay.decryption import Sealed
from relay.language.expression import Expression, Value
from relay.publisher import Publisher
from relay.reply import Reply, ReplyPlan
from relay.schema import Schema
from relay.signature import Scheme

Network = IPv4Network | IPv6Network
DAY_MS = 86_400_000


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """`to`: a destination's name. `on`: of which ends. `routes`: of which routes; None for all."""

    to: str
    on: frozenset[str] = frozenset({"delivered", "held", "dead"})
    routes: frozenset[str] | None = None


class Handshake(msgspec.Struct, frozen=True, kw_only=True):
    """A request by which a platform tries an address, answered by itself and never stored. `scheme`, `sealed`: where
    they aren't the source's own."""

    method: str
    answer: ReplyPlan
    when: Expression | None = None
    scheme: Scheme | None = None
    sealed: Sealed | None = None


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """`type`, `id` and `split` see `event` (source, method, headers, query), `body` and `whole`. `rate`: requests a
    second. `allow`: nothing for any network. `hidden`: headers (lower-case) that hold a credential and aren't kept.
    `schema`: what bodies must look like. `address`: the public address that its scheme signs, without a query; None
    where none is signed, or where a trusted proxy tells it. `ack`, `refused`: its own answers.
    `publisher`: whose keys its requests are verified with, where they are fetched."""

    name: str
    scheme: Scheme
    publisher: Publisher | None = None
    secrets: tuple[str, ...] = ()
    type: Value | None = None
    id: Value | None = None
    on_differs: str = "hold"
    dedupe_ms: int = 30 * DAY_MS
    rate: float | None = None
    allow: tuple[Network, ...] = ()
    max_body: int = 1 << 20
    address: str | None = None
    vars: Mapping[str, str] = MappingProxyType({})
    opening: Opening = AS_IT_CAME
    split: Value | None = None
    handshakes: Sequence[Handshake] = ()
    ack: ReplyPlan | None = None
    refused: Reply | None = None
    callback: Callback | None = None
    hidden: frozenset[str] = frozenset()
    schema: Schema | None = None

    @property
    def greets_by_get(self) -> bool:
        """Whether a handshake comes by GET."""
        return any(each.method == "GET" for each in self.handshakes)

    @property
    def signs_url(self) -> bool:
        """Whether anything that proves itself here does so over the address."""
        return self.scheme.signs_url or any(each.scheme.signs_url for each in self.handshakes if each.scheme)
