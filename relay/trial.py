"""A test as routes.yaml writes it: an example event, what must become of it, and answers that are played to that."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta

from relay.described import says, unless
from relay.errors import Excerpt
from relay.outcome import Outcome
from relay.texts import _

Path = tuple[str | int, ...]
Status = Annotated[int, Meta(ge=100, le=599)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]
State = Literal["delivered", "waiting", "confirming", "held", "dead"]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a test; a key that isn't declared is refused."""


class Sent(Part, frozen=True):
    """A request that must go out: what is said of it must be so, and more may be there."""

    to: Annotated[str, says("the destination that it goes to", "erp")]
    route: Annotated[
        str | None, says("the route that sends it", "paid-expense-to-voucher"), unless("not looked at")
    ] = None
    method: Annotated[str | None, says("how it goes", "POST"), unless("not looked at")] = None
    url: Annotated[
        str | None, says("where it goes; a path alone will do", "/api/vouchers"), unless("not looked at")
    ] = None
    headers: Annotated[dict[str, Any], says("headers that it has", {"X-Tenant": "1010"}), unless("not looked at")] = {}
    query: Annotated[
        dict[str, Any], says("what stands behind the `?` of its address", {"entity": "1010"}), unless("not looked at")
    ] = {}
    body: Annotated[
        Any,
        says(
            "parts of its body that must be so, others may be there; of a text all of it",
            {"date": "2026-04-01", "lines": [{"account": "6601"}]},
        ),
        unless("not looked at"),
    ] = msgspec.UNSET
    text: Annotated[
        str | list[str],
        says("what must stand in its body", "<account>6601</account>", ["6601", "1002"]),
        unless("not looked at"),
    ] = []
    once: Annotated[str | int | None, says("its business key", "B1"), unless("not looked at")] = None
    order_by: Annotated[str | int | None, says("its order key", "B1"), unless("not looked at")] = None
    held: Annotated[
        str | None,
        says(
            "it must not go out, and be held for this reason: its code, or a part of its text", "hold: more than 50000"
        ),
        unless("it goes out"),
    ] = None
    dead: Annotated[
        str | None,
        says("it must not go out, and be dead for this reason: its code, or a part of its text", "mapping"),
        unless("it goes out"),
    ] = None

    def __post_init__(self) -> None:
        if self.held is not None and self.dead is not None:
            raise ValueError(_("held and dead exclude each other: keep one"))


class Played(Part, frozen=True):
    """An answer to the next request to a destination, and what it must come to by that destination's rules."""

    to: Annotated[str, says("the destination that answers", "erp")]
    route: Annotated[
        str | None,
        says("the route whose request it answers", "paid-expense-to-voucher"),
        unless("that of the next request to it"),
    ] = None
    status: Annotated[Status, says("the answer's status", 200)] = 200
    headers: Annotated[dict[str, str], says("the answer's headers", {"Retry-After": "60"}), unless("none")] = {}
    body: Annotated[
        Any, says("what it says; a tree is JSON", {"code": "0", "data": {"billCode": "V-1"}}), unless("nothing")
    ] = msgspec.UNSET
    fails: Annotated[
        Literal["unsent", "unanswered"] | None,
        says("there is no answer: nothing left (`unsent`), or it may have arrived (`unanswered`)", "unanswered"),
        unless("it answers"),
    ] = None
    outcome: Annotated[
        Outcome | None, says("what the destination's rules must say of it", "delivered"), unless("not looked at")
    ] = None
    document: Annotated[
        str | int | None, says("the document's number that must be found in it", "V-1"), unless("not looked at")
    ] = None
    reason: Annotated[str | None, says("the reason that must be found in it", "借贷不平"), unless("not looked at")] = (
        None
    )
    data: Annotated[
        dict[str, Any], says("values that `data:` must find in it", {"period": "2026-04"}), unless("not looked at")
    ] = {}
    state: Annotated[State | None, says("what the delivery must be then", "held"), unless("not looked at")] = None


class Booked(Part, frozen=True):
    """What a destination has booked before, for routes that reverse it, and for `once`."""

    to: Annotated[str, says("the destination that has it", "erp")]
    once: Annotated[str | int, says("its business key", "B1")]
    document: Annotated[str | int, says("its number", "V-1"), unless("none")] = ""
    data: Annotated[dict[str, Any], says("what `data:` took then", {"period": "2026-03"}), unless("nothing")] = {}


class Trial(Part, frozen=True):
    """An example event and what must become of it; run by `relay check`."""

    name: Annotated[Name, says("how it is called", "a paid report becomes a voucher")]
    source: Annotated[str, says("the source that the event comes to", "expenses")]
    body: Annotated[
        Any,
        says(
            "the event's body: a tree, or a text where it is XML or a form",
            {"type": "expense.paid", "number": "B1", "amount": 12},
        ),
        unless("nothing"),
    ] = None
    headers: Annotated[dict[str, str], says("the request's headers", {"webhook-id": "msg_1"}), unless("none")] = {}
    query: Annotated[
        dict[str, str], says("what stands behind the `?` of the address", {"nonce": "1"}), unless("nothing")
    ] = {}
    documents: Annotated[
        dict[str, Any], says("what its source fetches, by name", {"flow": {"value": {"state": "paid"}}}), unless("none")
    ] = {}
    at: Annotated[str | None, says("when it came", "2026-03-31T16:30:00Z"), unless("2026-01-01T00:00:00Z")] = None
    booked: Annotated[
        list[Booked],
        says(
            "what has been booked before, for routes that reverse it, and for `once`",
            [{"to": "erp", "once": "B1", "document": "V-1"}],
        ),
        unless("nothing"),
    ] = []
    type: Annotated[
        str | list[str] | None,
        says(
            "the type that must be told of it; a list where it is split",
            "expense.paid",
            ["expense.paid", "expense.revoked"],
        ),
        unless("not looked at"),
    ] = None
    id: Annotated[
        str | int | list[str | int] | None,
        says("what must make it the same event; a list where it is split", "msg_1"),
        unless("not looked at"),
    ] = None
    takes: Annotated[
        list[str] | None,
        says("the routes that take it, no more and no fewer", ["paid-expense-to-voucher"]),
        unless("not looked at"),
    ] = None
    sends: Annotated[
        list[Sent] | None,
        says(
            "what goes out, each in the parts that are named; `[]` is nothing",
            [{"to": "erp", "body": {"total": 12}}],
            [],
        ),
        unless("not looked at"),
    ] = None
    answers: Annotated[
        list[Played],
        says(
            "what the destinations answer, in turn, and what that must come to",
            [{"to": "erp", "body": {"code": "0"}, "outcome": "delivered"}],
        ),
        unless("none is played"),
    ] = []


class Spot(NamedTuple):
    """A place in a file; line and column from 1."""

    file: str
    line: int
    column: int


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A test and where its parts stand, by their paths inside it. `at_ms`: when its event came, since 1970. `excerpt`:
    the line of a place, as it may be shown."""

    trial: Trial
    at_ms: int
    spots: Mapping[Path, Spot]
    excerpt: Callable[[Spot], Excerpt | None]

    def spot(self, path: Sequence[str | int] = ()) -> Spot:
        """Of the part, or of the nearest around it that stands in the file."""
        path = tuple(path)
        while path and path not in self.spots:
            path = path[:-1]
        return self.spots[path]
