"""The contract of the store: where events, deliveries and lanes live, and the atomic steps between them.

Durations are milliseconds. Every step may be sent twice with the same arguments and then acts once.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from relay.booking import Booking, Reversed
from relay.contents import AS_IT_CAME, Opening
from relay.delivery import Draft, State
from relay.event import Event
from relay.known import NOTHING
from relay.outcome import LaneEffect
from relay.sieve import DeliverySieve, EventSieve
from relay.views import DeliveryPage, DeliveryView, EventView, LaneView, ListedPage, Page, RedisView, WorkerView


class Blob(bytes):
    """Bytes that the store keeps and never opens."""


class CallbackDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A status callback to be written with the step that ends its delivery; `snapshot` is opaque to the store."""

    lane: str
    route: str
    snapshot: Blob


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An event to be accepted. `digest`: 8 bytes of its body's hash. `callbacks[i]` go with `deliveries[i]`;
    `differing[i]` in their place where that one is held because the same id came with another body."""

    evt: str
    mark: str
    digest: Blob
    window_ms: int
    on_differs: str
    packed: Blob
    deliveries: Sequence[Draft]
    callbacks: Sequence[Sequence[CallbackDraft]]
    differing: Sequence[Sequence[CallbackDraft]] = ()


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """The events of one POST, to be accepted all or none. `whole`: its body as it came, kept once under `post`."""

    post: str
    whole: Blob
    entries: Sequence[Entry]


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """`status` differs: the same id came before with another body, and this event is held."""

    status: Literal["new", "duplicate", "differs"]
    id: str
    deliveries: int


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker asks of a lane. `claim` is unique and becomes the token; `ahead_ms`: how far off a start may be;
    `tide`: a store whose mark is older hands out nothing."""

    lane: str
    worker: str
    claim: str
    want: int
    lease_ms: int
    stint_ms: int
    concurrency: int
    pace_ms: float = 0
    ahead_ms: int = 0
    max_bytes: int = 4 << 20
    leaving: bool = False
    tide: int = 0


class Notice(msgspec.Struct, frozen=True):
    """What only the store knows of a status callback: whose it is, the event's state then, its place and time."""

    delivery: str
    event_state: str
    nth: int
    at_ms: int
    snapshot: bytes


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery under a lease. `lost`: its last attempt began and its worker is gone.
    `look`: the number of the lookup to be made, 0 for an attempt; `missed`: how many said that it is missing.
    `probe`: it tries whether an open lane is back. `start_ms`: wait before sending. `prior`: of one that follows
    another, what that came to. `asked_ms`: how long it has been accepted and not confirmed, None where it isn't; `look`
    counts the polls then. `told`: what was posted about it, at its `confirm_url`. `opening`: how its event's body is
    read; the worker's configuration says it. `fetched`: the documents that were read for its event, as JSON, by
    name."""

    id: str
    lane: str
    token: str
    event: Event
    received_ms: int
    route: str
    order_key: str | None
    once: str | None
    attempts: int
    tries: int
    doubt: bool
    look: int
    missed: int
    lost: bool
    probe: bool
    start_ms: int
    age_ms: int
    rendered: bytes | None
    booking: Booking | None
    notice: Notice | None
    prior: bytes | None = None
    reversed: Reversed | None = None
    asked_ms: int | None = None
    told: Sequence[bytes] = ()
    confirm_url: str | None = None
    opening: Opening = AS_IT_CAME
    fetched: Mapping[str, bytes] = NOTHING


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """`next_ms`: when the lane next has work, None for never; `more`: some could be claimed at once; `ready`: these, or
    some that wait for a place. Where none are ready, the bell tells of the next."""

    deliveries: list[Claimed]
    next_ms: int | None
    more: bool
    ready: bool


class BreakerLimits(msgspec.Struct, frozen=True, kw_only=True):
    failures: int
    probe_ms: int
    cap_ms: int
    stop_after: int


class Made(Draft, frozen=True, kw_only=True):
    """A delivery that another's end makes."""

    callbacks: Sequence[CallbackDraft] = ()


class Follower(Made, frozen=True, kw_only=True):
    """One that follows another. `after`: which one; `prior`: what its expressions see of that one, opaque to the
    store."""

    after: str
    prior: Blob


class Settlement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an attempt came to, and what follows. `record` is the attempt as it will be shown, opaque to the store;
    a lookup (`is_attempt` false) isn't counted among the attempts. `look`, `missed`: of the lookup that comes next.
    `anew`: what was rendered is forgotten; `rendered`: it is kept, for a person to release.
    `posted`: of its steps the first is done. `heard`: how many of those posted about it were judged.
    `limits`: given where the lane failed, stops, or refused it.
    `prior`: kept with the business key, for what may reverse it. `fetched`: the document that a fetch read; where a
    next fetch isn't among `follow`, what a person named for it is tried again. `unrouted`: the event's source, where
    what was read leads nowhere."""

    dlv: str
    token: str
    state: State
    record: Blob
    limits: BreakerLimits | None = None
    effect: LaneEffect = LaneEffect.NONE
    delay_ms: int = 0
    throttle_ms: int = 0
    counts: bool = False
    doubt: bool = False
    anew: bool = False
    rejected: bool = False
    posted: bool = False
    look: int = 0
    missed: int = 0
    heard: int = 0
    is_attempt: bool = True
    rendered: Blob | None = None
    document: str | None = None
    reason: str | None = None
    digest: str | None = None
    callbacks: Sequence[CallbackDraft] = ()
    follow: Sequence[Made] = ()
    prior: Blob | None = None
    fetched: Blob | None = None
    unrouted: str | None = None


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A lease that a worker holds."""

    lane: str
    dlv: str
    token: str


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """What a route says of a delivery's place: its order key, its business key, and whether it blocks its order."""

    order_key: str | None
    once: str | None
    blocks: bool


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A person's release or replay. `request` is unique to the asking; `record` is kept among the attempts; `keys` are
    given to one that was born dead without them. `undoes`: the reversal that cancels it in a person's place."""

    dlv: str
    request: str
    record: Blob
    decide: Literal["delivered", "retry", "dead", "replay", "again"]
    document: str | None = None
    reason: str | None = None
    keys: Keys | None = None
    callbacks: Sequence[CallbackDraft] = ()
    follow: Sequence[Made] = ()
    undoes: str | None = None


class Refetch(msgspec.Struct, frozen=True, kw_only=True):
    """A person has an event's documents read anew: by `draft`, the first fetch, and then whatever it leads to. `named`:
    the delivery that is tried again with them, where it is dead or held. `request`, `record`: as a Decision's."""

    evt: str
    request: str
    record: Blob
    draft: Draft
    named: str


class Reroute(msgspec.Struct, frozen=True, kw_only=True):
    """A person has a stored event routed anew. `made`: the deliveries that it lacks; `known`: those that it has;
    `instead`: of these, those that never had a lane and are replaced. `record`: kept with what is made. `got`:
    documents were read for it."""

    evt: str
    record: Blob
    made: Sequence[Made]
    known: Sequence[str]
    instead: Sequence[str]
    got: bool


class Lanes(Protocol):
    """The steps of a delivery's life. All raise StoreUnavailable where the store can't confirm."""

    async def claim(self, claim: Claim) -> Claims: ...
    async def begin(self, dlv: str, token: str, rendered: Blob | None, record: Blob | None = None) -> bool: ...
    async def settle(self, settlement: Settlement) -> str: ...
    async def extend(self, holds: Sequence[Hold], lease_ms: int) -> list[bool]: ...
    async def give_back(self, hold: Hold, delay_ms: int) -> None: ...
    async def sweep(self, want: int, again_ms: int) -> list[str]: ...
    async def tide(self, seen: int | None, slack_ms: int, lanes: Sequence[str]) -> tuple[int, bool]: ...
    def bells(self) -> AsyncIterator[str]: ...
    async def confirm_key(self) -> bytes: ...
    async def with_whole(self, event: Event) -> Event: ...


class Store(Lanes, Protocol):
    async def accept(self, entry: Entry) -> Accepted: ...
    async def accept_all(self, batch: Batch) -> list[Accepted]: ...
    async def decide(self, decision: Decision) -> str: ...
    async def refetch(self, refetch: Refetch) -> str: ...
    async def reroute(self, reroute: Reroute) -> list[str] | None: ...
    async def told(self, dlv: str, posted: Blob, record: Blob) -> str: ...
    async def pause(self, lane: str, reason: str | None, said: str | None = None) -> None: ...
    async def event(self, event_id: str) -> EventView | None: ...
    async def events(self, cursor: str | None, limit: int, sieve: EventSieve) -> Page: ...
    async def oldest(self, cursor: str | None, limit: int, sieve: EventSieve) -> Page: ...
    async def delivery(self, delivery_id: str) -> DeliveryView | None: ...
    async def deliveries(self, cursor: str | None, limit: int, sieve: DeliverySieve) -> DeliveryPage: ...
    async def undecided(self, cursor: str | None, limit: int, sieve: DeliverySieve) -> DeliveryPage: ...
    async def listed(self, cursor: str | None, sieve: DeliverySieve) -> ListedPage: ...
    async def prior(self, delivery_id: str) -> bytes | None: ...
    async def fetched(self, event_id: str) -> Mapping[str, bytes]: ...
    async def lanes(self, names: Sequence[str]) -> list[LaneView]: ...
    async def workers(self) -> list[WorkerView]: ...
    async def room(self) -> RedisView: ...
    async def check(self) -> None: ...
