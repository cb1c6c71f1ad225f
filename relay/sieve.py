"""Which events and deliveries a list is to hold: values that the store takes, each None where it doesn't matter."""

import msgspec

from relay.delivery import EventState, State


class Sieve(msgspec.Struct, frozen=True, kw_only=True):
    """`since_ms`, `until_ms`: when the event came. `text`: a part of an id, a document or a key."""

    route: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    text: str | None = None


class EventSieve(Sieve, frozen=True):
    """`route`: one that it took."""

    source: str | None = None
    type: str | None = None
    state: EventState | None = None


class DeliverySieve(Sieve, frozen=True):
    state: State | None = None
    lane: str | None = None


class RefusedSieve(msgspec.Struct, frozen=True, kw_only=True):
    """Which refused requests; `since_ms`, `until_ms`: when they came."""

    source: str | None = None
    reason: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None
