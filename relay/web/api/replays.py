"""POST /api/replay: many held or dead deliveries, or unrouted events, in bounded steps that can be interrupted and gone
on with."""

from typing import Annotated, Literal

from msgspec import Meta

from relay.bulk import Bulk, Replayed
from relay.delivery import EventState, State
from relay.errors import Refused
from relay.sieve import DeliverySieve, EventSieve
from relay.texts import _
from relay.web.api.calls import Asked, Parameters, call
from relay.web.api.deliveries import LISTED
from relay.web.api.shared import END, Limit, Note, Short
from relay.web.api.times import When, instant_ms

AT_ONCE = 100
UNROUTED = "unrouted"
AT = r"[0-9]{1,19}-[0-9]{1,19}"
PLACE = rf"^([0-9]{{1,16}}/{LISTED}|{AT}/{AT}){END}"


class Which(Parameters, frozen=True):
    """`since` and `until` are about when the events came."""

    state: Annotated[
        Literal["held", "dead", "unrouted"],
        Meta(description="held or dead, or unrouted for events that no route took: a bulk replay needs it"),
    ]
    destination: Annotated[Short | None, Meta(description="the destination that they are bound for")] = None
    route: Annotated[Short | None, Meta(description="the route that made them")] = None
    source: Annotated[Short | None, Meta(description="of unrouted events: the source that they came from")] = None
    since: When = None
    until: When = None
    note: Note = ""
    limit: Limit = AT_ONCE
    cursor: Annotated[
        Annotated[str, Meta(pattern=PLACE)] | None, Meta(description="what `next` of an earlier call gave")
    ] = None

    def check(self) -> None:
        """Raises Refused (422): a filter that can't be meant would let everything through."""
        events = self.state == UNROUTED
        if events and (self.destination or self.route):
            raise Refused(
                422, "bad_filter", _("no route took unrouted events, so they have no route and no destination")
            )
        if self.source and not events:
            raise Refused(422, "bad_filter", _("source goes with state unrouted; of deliveries choose by route"))
        if self.cursor and ("dlv_" in self.cursor) is events:
            raise Refused(422, "bad_cursor", _("cursor is of another replay"))

    def deliveries(self) -> DeliverySieve:
        """Raises Refused (400)."""
        return DeliverySieve(
            state=State(self.state),
            lane=self.destination,
            route=self.route,
            since_ms=instant_ms(self.since, "since"),
            until_ms=instant_ms(self.until, "until"),
        )

    def events(self) -> EventSieve:
        """Raises Refused (400)."""
        return EventSieve(
            state=EventState.UNROUTED,
            source=self.source,
            since_ms=instant_ms(self.since, "since"),
            until_ms=instant_ms(self.until, "until"),
        )


class Replays:
    def __init__(self, bulk: Bulk) -> None:
        self._bulk = bulk

    @call(
        "POST /api/replay",
        "Try held or dead ones again, or route unrouted events, oldest first; go on with `next` until there is none",
    )
    async def replay(self, asked: Asked[Which]) -> Replayed:
        given = asked.given
        given.check()
        step = given.cursor, given.limit, asked.by, given.note
        if given.state == UNROUTED:
            return await self._bulk.route(given.events(), *step)
        return await self._bulk.replay(given.deliveries(), *step)
