"""Events, deliveries and lanes as they stand in the store, for people."""

from collections.abc import Sequence

import msgspec

from relay.delivery import EventState, State, event_state, is_fetch
from relay.event import Event


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery as it stands, for people. `after`: the one that it follows."""

    id: str
    event: str
    lane: str
    route: str
    state: State
    order_key: str | None
    once: str | None
    document: str | None
    reason: str | None
    due_ms: int | None
    attempts: list[bytes]
    callback_of: str | None = None
    received_ms: int = 0
    after: str | None = None


class EventView(msgspec.Struct, frozen=True, kw_only=True):
    """An event with its deliveries; `callbacks` are those of its status callbacks. `parts`: of one that came with
    others in one POST, the ids of all of them, by their places."""

    event: Event
    received_ms: int
    deliveries: list[DeliveryView]
    callbacks: list[DeliveryView]
    parts: Sequence[str] = ()

    @property
    def state(self) -> EventState:
        """A document that was read is no delivery any more."""
        done = (State.DELIVERED,)
        return event_state([one.state for one in self.deliveries if not (is_fetch(one.route) and one.state in done)])

    @property
    def routes(self) -> list[str]:
        """Those that it took, at accept or once its documents were read."""
        later = (one.route for one in self.deliveries if not one.after and not is_fetch(one.route))
        return list(dict.fromkeys((*self.event.routes, *later)))


class LaneView(msgspec.Struct, frozen=True, kw_only=True):
    """A lane at a glance; `stopped` says why it is paused or open, `since_ms` since when. `probe_ms`: when an open one
    is tried next; `throttled_ms`: until when its destination asked to be left alone. `decided`: what a person did.
    `parked`: open, behind an earlier one of its order key or waiting to be told that it is confirmed."""

    destination: str
    ready: int
    waiting: int
    in_flight: int
    held: int
    dead: int
    oldest_s: int | None
    breaker: str
    paused: bool
    stopped: str | None
    since_ms: int | None = None
    probe_ms: int | None = None
    throttled_ms: int | None = None
    parked: int = 0
    decided_ms: int | None = None
    decided: str | None = None


class WorkerView(msgspec.Struct, frozen=True, kw_only=True):
    """A worker process as RQ has it; times as RQ writes them."""

    name: str
    host: str
    pid: int | None
    began_at: str | None
    seen_at: str | None
    state: str


class RedisView(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes of memory; `most_bytes` and from where on accepts are refused are None where there is no limit."""

    version: str
    used_bytes: int
    peak_bytes: int
    most_bytes: int | None
    refuses_from_bytes: int | None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Events newest first; `next` is the cursor of the following page."""

    events: list[EventView]
    next: str | None


class DeliveryPage(msgspec.Struct, frozen=True, kw_only=True):
    """Deliveries in order; `next` is the cursor of the following page."""

    deliveries: list[DeliveryView]
    next: str | None


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One that is held or dead since `since_ms`, in brief."""

    id: str
    lane: str
    route: str
    reason: str
    since_ms: int
    came_ms: int


class ListedPage(msgspec.Struct, frozen=True, kw_only=True):
    deliveries: list[Listed]
    next: str | None
