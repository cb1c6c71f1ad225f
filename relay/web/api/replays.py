"""POST /api/replay: many held or dead deliveries, in bounded steps that can be interrupted and gone on with."""

from typing import Annotated

from msgspec import Meta

from relay.bulk import Bulk, Replayed
from relay.delivery import State
from relay.sieve import DeliverySieve
from relay.web.api.calls import Asked, Parameters, call
from relay.web.api.deliveries import LISTED, Undecided
from relay.web.api.shared import END, Limit, Note, Short
from relay.web.api.times import When, instant_ms

AT_ONCE = 100


class Which(Parameters, frozen=True):
    """`since` and `until` are about when the events came."""

    state: Annotated[Undecided, Meta(description="held or dead: a bulk replay needs it")]
    destination: Annotated[Short | None, Meta(description="the destination that they are bound for")] = None
    route: Annotated[Short | None, Meta(description="the route that made them")] = None
    since: When = None
    until: When = None
    note: Note = ""
    limit: Limit = AT_ONCE
    cursor: Annotated[
        Annotated[str, Meta(pattern=rf"^[0-9]{{1,16}}/{LISTED}{END}")] | None,
        Meta(description="what `next` of an earlier call gave"),
    ] = None

    def sieve(self) -> DeliverySieve:
        """Raises Refused (400)."""
        return DeliverySieve(
            state=State(self.state),
            lane=self.destination,
            route=self.route,
            since_ms=instant_ms(self.since, "since"),
            until_ms=instant_ms(self.until, "until"),
        )


class Replays:
    def __init__(self, bulk: Bulk) -> None:
        self._bulk = bulk

    @call("POST /api/replay", "Try held or dead ones again, oldest first; go on with `next` until there is none")
    async def replay(self, asked: Asked[Which]) -> Replayed:
        given = asked.given
        return await self._bulk.replay(given.sieve(), given.cursor, given.limit, asked.by, given.note)
