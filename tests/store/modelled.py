"""What the model is made of: deliveries, lanes, bookings, and what a claim hands out."""

from dataclasses import dataclass, field

from relay.delivery import State


@dataclass(kw_only=True, eq=False)
class Delivery:
    """`place`: ready, wait, fly, parked, held, dead, or nothing. `due`: its wait, or its lease, has ended."""

    id: str
    evt: str
    lane: str
    seq: int
    key: str | None
    once: str | None
    blocks: bool
    state: State
    reason: str | None
    callback_of: str | None = None
    told: str = ""
    nth: int = 0
    place: str = ""
    due: bool = False
    token: str = ""
    begun: str = ""
    lost: str = ""
    rendered: bytes | None = None
    records: list[bytes] = field(default_factory=list)
    attempts: int = 0
    tries: int = 0
    doubt: bool = False
    posted: bool = False
    asked: bool = False
    said_of: list[bytes] = field(default_factory=list)
    telling: int = 0
    document: str | None = None
    settled: str = ""
    late: str = ""
    said: str = ""
    endings: int = 0


@dataclass
class Lane:
    """`lines`: for each order key its owner, then the followers by seq. `opened`: how often in a row, 0 when closed."""

    lines: dict[str, list[Delivery]] = field(default_factory=dict)
    last: dict[str, tuple[str, list[Delivery]]] = field(default_factory=dict)
    paused: bool = False
    throttled: bool = False
    failures: int = 0
    opened: int = 0
    probe_due: bool = False
    probe: Delivery | None = None
    refused: tuple[int, str, str] = (0, "", "")


@dataclass
class Booking:
    owner: str
    document: str = ""
    digest: str | None = None


@dataclass(frozen=True)
class Row:
    """What a claim hands out."""

    id: str
    lost: bool
    probe: bool
    booked_by: str | None
    told: list[bytes]
    asked: bool
