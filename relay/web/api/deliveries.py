"""Deliveries: which there are, why they are held or dead, and what a person decides of one."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from relay import status
from relay.delivery import State
from relay.errors import Refused
from relay.replay import Decisions
from relay.sieve import DeliverySieve
from relay.status import DeliveryShown
from relay.store import Store
from relay.texts import _
from relay.times import rfc3339
from relay.views import Listed
from relay.web.api.calls import Asked, Nothing, Parameters, call
from relay.web.api.shared import END, LIMIT, Fragment, Limit, Note, Short
from relay.web.api.times import When, instant_ms

LISTED = r"[0-9]{1,16}\.dlv_[0-9A-Za-z_.?-]{1,80}"
PLACE = rf"^([1-9][0-9]{{0,18}}-[0-9]{{1,19}}\.[0-9]{{1,9}}|{LISTED}){END}"
Undecided = Literal["held", "dead"]
UNDECIDED = frozenset({State.HELD, State.DEAD})


class DeliveryQuery(Parameters, frozen=True):
    """Which deliveries, newest first; `since` and `until` are about when their events came."""

    state: Annotated[State | None, Meta(description=f"one of {', '.join(State)}")] = None
    destination: Annotated[Short | None, Meta(description="the destination that it is bound for")] = None
    route: Annotated[Short | None, Meta(description="the route that made it")] = None
    since: When = None
    until: When = None
    q: Fragment = None
    limit: Limit = LIMIT
    cursor: Annotated[
        Annotated[str, Meta(pattern=PLACE)] | None, Meta(description="what `next` of an earlier page gave")
    ] = None


class DeliveryList(msgspec.Struct, frozen=True, kw_only=True):
    """`next`: the cursor of the following page. A page may be empty and have one: a call looks at 10,000 at most."""

    deliveries: list[DeliveryShown]
    next: str | None


class ReasonQuery(Parameters, frozen=True):
    """Of which deliveries the reasons are counted."""

    state: Annotated[Undecided, Meta(description="held or dead")]
    destination: Annotated[Short | None, Meta(description="the destination that they are bound for")] = None
    route: Annotated[Short | None, Meta(description="the route that made them")] = None
    since: When = None
    until: When = None
    cursor: Annotated[
        Annotated[str, Meta(pattern=f"^{LISTED}{END}")] | None, Meta(description="what `next` of an earlier page gave")
    ] = None


class ReasonShown(msgspec.Struct, frozen=True, kw_only=True):
    """Deliveries of one destination that are held or dead for one reason. `since`: the first; `latest`: the last."""

    destination: str
    reason: str
    count: int
    since: str
    latest: str
    example: str


class ReasonList(msgspec.Struct, frozen=True, kw_only=True):
    """The most frequent first. Counts of several pages add up."""

    reasons: list[ReasonShown]
    next: str | None


class Replay(Parameters, frozen=True):
    again: Annotated[bool, Meta(description="true, to send one that is delivered once more; it needs a note")] = False
    fetch: Annotated[bool, Meta(description="true, to read anew what its source fetches, and make what is missing")] = (
        False
    )
    note: Note = ""


class Release(Parameters, frozen=True, rename={"to": "as"}):
    to: Annotated[str, Meta(description="delivered, retry or dead", examples=["delivered", "retry", "dead"])]
    note: Note = ""
    document: Annotated[Short | None, Meta(description="what it was booked as; `delivered` needs it")] = None


class Deliveries:
    def __init__(self, store: Store, decisions: Decisions) -> None:
        self._store, self._decisions = store, decisions

    @call("GET /api/deliveries", "Deliveries, newest first")
    async def many(self, asked: Asked[DeliveryQuery]) -> DeliveryList:
        query = asked.given
        if query.cursor and ("dlv_" in query.cursor) is not (query.state in UNDECIDED):
            raise Refused(400, "bad_cursor", _("cursor is of another query"))
        page = await self._store.deliveries(query.cursor, query.limit, _sieve(query, query.q))
        return DeliveryList(deliveries=[status.delivery(one) for one in page.deliveries], next=page.next)

    @call("GET /api/reasons", "Why deliveries are held or dead: how many, by destination and reason")
    async def reasons(self, asked: Asked[ReasonQuery]) -> ReasonList:
        page = await self._store.listed(asked.given.cursor, _sieve(asked.given))
        return ReasonList(reasons=_counted(page.deliveries), next=page.next)

    @call("GET /api/deliveries/{id}", "A delivery with its attempts and decisions", (404,))
    async def one(self, asked: Asked[Nothing]) -> DeliveryShown:
        return await self._shown(asked.named)

    @call("POST /api/deliveries/{id}/replay", "Try a dead or held one again, rendered anew", (404, 409))
    async def replay(self, asked: Asked[Replay]) -> DeliveryShown:
        given = asked.given
        if given.fetch:
            await self._decisions.refetch(asked.named, asked.by, given.note)
        else:
            await self._decisions.replay(asked.named, asked.by, given.note, again=given.again)
        return await self._shown(asked.named)

    @call("POST /api/deliveries/{id}/release", "Decide a held, dead or confirming one", (404, 409))
    async def release(self, asked: Asked[Release]) -> DeliveryShown:
        given = asked.given
        await self._decisions.release(asked.named, given.to, asked.by, given.note, given.document)
        return await self._shown(asked.named)

    async def _shown(self, delivery_id: str) -> DeliveryShown:
        view = await self._store.delivery(delivery_id)
        if view is None:
            raise Refused(404, "unknown_delivery", _("there is no delivery {name}", name=repr(delivery_id[:60])))
        return status.delivery(view)


def _sieve(query: DeliveryQuery | ReasonQuery, text: str | None = None) -> DeliverySieve:
    """Raises Refused (400)."""
    return DeliverySieve(
        state=State(query.state) if query.state else None,
        lane=query.destination,
        route=query.route,
        since_ms=instant_ms(query.since, "since"),
        until_ms=instant_ms(query.until, "until"),
        text=text,
    )


def _counted(deliveries: Iterable[Listed]) -> list[ReasonShown]:
    groups: dict[tuple[str, str], list[Listed]] = defaultdict(list)
    for one in deliveries:
        groups[one.lane, one.reason].append(one)
    found = [
        ReasonShown(
            destination=lane,
            reason=reason,
            count=len(those),
            since=rfc3339(those[-1].since_ms),
            latest=rfc3339(those[0].since_ms),
            example=those[0].id,
        )
        for (lane, reason), those in groups.items()
    ]
    return sorted(found, key=lambda one: -one.count)
