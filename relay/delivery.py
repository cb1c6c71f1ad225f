"""A delivery's states and the one table of what leads from one to another."""

import hashlib
from enum import StrEnum

import msgspec


class State(StrEnum):
    PENDING = "pending"
    IN_FLIGHT = "in_flight"
    WAITING = "waiting"
    CONFIRMING = "confirming"
    HELD = "held"
    DELIVERED = "delivered"
    DEAD = "dead"

    __hash__ = str.__hash__  # Enum's own is Python, and these are looked up for each attempt


class Step(StrEnum):
    """What happens to a delivery. `RELEASE_*`, `REPLAY` and `AGAIN` are a person's, `CANCEL` is a reversal's."""

    CLAIM = "claim"
    GIVE_BACK = "give_back"
    DELIVER = "deliver"
    WAIT = "wait"
    CONFIRM = "confirm"
    HOLD = "hold"
    FAIL = "fail"
    REPLAY = "replay"
    AGAIN = "again"
    CANCEL = "cancel"
    PUT_ASIDE = "put_aside"
    RELEASE_DELIVERED = "release_delivered"
    RELEASE_RETRY = "release_retry"
    RELEASE_DEAD = "release_dead"


def _table() -> dict[tuple[State, Step], State]:
    s, t = State, Step
    table = {
        (s.PENDING, t.CLAIM): s.IN_FLIGHT,
        (s.WAITING, t.CLAIM): s.IN_FLIGHT,
        (s.IN_FLIGHT, t.CLAIM): s.IN_FLIGHT,
        (s.CONFIRMING, t.CLAIM): s.IN_FLIGHT,
        (s.IN_FLIGHT, t.GIVE_BACK): s.PENDING,
        (s.IN_FLIGHT, t.DELIVER): s.DELIVERED,
        (s.IN_FLIGHT, t.WAIT): s.WAITING,
        (s.IN_FLIGHT, t.CONFIRM): s.CONFIRMING,
        (s.IN_FLIGHT, t.HOLD): s.HELD,
        (s.IN_FLIGHT, t.FAIL): s.DEAD,
        (s.DELIVERED, t.AGAIN): s.PENDING,
    }
    for going_on in (s.PENDING, s.WAITING, s.IN_FLIGHT, s.CONFIRMING):
        table[going_on, t.PUT_ASIDE] = s.HELD
    for undecided in (s.HELD, s.DEAD):
        table[undecided, t.REPLAY] = s.PENDING
    for unposted in (s.PENDING, s.WAITING, s.HELD, s.DEAD):
        table[unposted, t.CANCEL] = s.DEAD
    for undecided in (s.HELD, s.DEAD, s.CONFIRMING):
        table[undecided, t.RELEASE_DELIVERED] = s.DELIVERED
        table[undecided, t.RELEASE_RETRY] = s.PENDING
        table[undecided, t.RELEASE_DEAD] = s.DEAD
    return table


FETCH = "fetch:"
TRANSITIONS = _table()
ENDED = frozenset({State.DELIVERED, State.DEAD})
BORN = frozenset({State.PENDING, State.HELD, State.DEAD})


class EventState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    PARTIAL = "partial"
    DEAD = "dead"
    HELD = "held"
    UNROUTED = "unrouted"


def event_state(states: list[State]) -> EventState:
    """The state of an event from those of its deliveries (callbacks left out)."""
    if not states:
        return EventState.UNROUTED
    if State.HELD in states:
        return EventState.HELD
    if any(state not in ENDED for state in states):
        return EventState.PENDING
    delivered = states.count(State.DELIVERED)
    if delivered == len(states):
        return EventState.DELIVERED
    return EventState.PARTIAL if delivered else EventState.DEAD


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery about to be stored: `state` is one of BORN, `reason` begins with a code when it isn't pending.
    `reverses`: the business key whose document it takes back."""

    id: str
    lane: str
    route: str
    order_key: str | None = None
    once: str | None = None
    blocks: bool = True
    state: State = State.PENDING
    reason: str | None = None
    reverses: str | msgspec.UnsetType = msgspec.UNSET


def is_fetch(route: str) -> bool:
    """Whether what stands in a delivery's route says that it reads a document, and is none of a route."""
    return route.startswith(FETCH)


def delivery_id(origin: str, route: str, destination: str) -> str:
    """The same for the same route, destination and origin, which is an event or the delivery that it follows, so that
    nothing is made twice."""
    digest = hashlib.blake2b(f"{origin}\0{route}\0{destination}".encode(), digest_size=12)
    return f"dlv_{digest.hexdigest()}"
