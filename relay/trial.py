"""A test as routes.yaml writes it: an example event, what must become of it, and answers that are played to that."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta

from relay.outcome import Outcome

Path = tuple[str | int, ...]
Status = Annotated[int, Meta(ge=100, le=599)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]
State = Literal["delivered", "waiting", "confirming", "held", "dead"]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a test; a key that isn't declared is refused."""


class Sent(Part, frozen=True):
    """A request that must go out: what is said of it must be so, and more may be there. `body`: the parts of a tree, or
    all of a text. `text`: what must stand in it. `held`, `dead`: it must not go out, for this reason; `dead: mapping`
    is any with that code."""

    to: str
    route: str | None = None
    method: str | None = None
    url: str | None = None
    headers: dict[str, Any] = {}
    query: dict[str, Any] = {}
    body: Any = msgspec.UNSET
    text: str | list[str] = []
    once: str | int | None = None
    order_by: str | int | None = None
    held: str | None = None
    dead: str | None = None

    def __post_init__(self) -> None:
        if self.held is not None and self.dead is not None:
            raise ValueError("held and dead exclude each other: keep one")


class Played(Part, frozen=True):
    """An answer to the next request to a destination, and what it must come to by that destination's rules. `body`: a
    tree is JSON. `fails`: there is none; `unsent`: nothing left, `unanswered`: it may have arrived. `outcome`,
    `document`, `reason`, `data`: of the answer. `state`: what the delivery is then."""

    to: str
    route: str | None = None
    status: Status = 200
    headers: dict[str, str] = {}
    body: Any = msgspec.UNSET
    fails: Literal["unsent", "unanswered"] | None = None
    outcome: Outcome | None = None
    document: str | int | None = None
    reason: str | None = None
    data: dict[str, Any] = {}
    state: State | None = None


class Booked(Part, frozen=True):
    """What a destination has booked before, for routes that reverse it, and for `once`."""

    to: str
    once: str | int
    document: str | int = ""
    data: dict[str, Any] = {}


class Trial(Part, frozen=True):
    """An example event and what must become of it; run by `relay check`. `body`: a tree, or a text. `documents`: what
    its source fetches, by name. `at`: when it came. `takes`: the routes, no more and no fewer. `sends: []`: nothing."""

    name: Name
    source: str
    body: Any = None
    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    documents: dict[str, Any] = {}
    at: str | None = None
    booked: list[Booked] = []
    type: str | list[str] | None = None
    id: str | int | list[str | int] | None = None
    takes: list[str] | None = None
    sends: list[Sent] | None = None
    answers: list[Played] = []


class Spot(NamedTuple):
    """A place in a file; line and column from 1."""

    file: str
    line: int
    column: int


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A test and where its parts stand, by their paths inside it. `at_ms`: when its event came, since 1970."""

    trial: Trial
    at_ms: int
    spots: Mapping[Path, Spot]

    def spot(self, path: Sequence[str | int] = ()) -> Spot:
        """Of the part, or of the nearest around it that stands in the file."""
        path = tuple(path)
        while path and path not in self.spots:
            path = path[:-1]
        return self.spots[path]
