"""Lists of deliveries, in pages that cost the same with a million waiting as with ten.

What is held or dead is walked in its lanes' lists; all else by the log of events.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from relay.delivery import State
from relay.sieve import DeliverySieve
from relay.stores.lists import Lists, Place, place
from relay.stores.reading import LOOKED_AT, STEP
from relay.stores.sifting import delivery_fits, listed_fits
from relay.views import DeliveryPage, DeliveryView, Listed, ListedPage

LISTED = frozenset({State.HELD, State.DEAD})
AT_ONCE = 500
BRIEF = ("lane", "route", "why", "came")

Walk = AsyncGenerator[tuple[str, DeliveryView | None], None]


class Listing(Lists):
    """More queries of relay.store.Store. A page looks at 10,000 at the most."""

    async def deliveries(self, cursor: str | None, limit: int, sieve: DeliverySieve) -> DeliveryPage:
        """Newest first: those held or dead by when they became so, others by when their event came."""
        walk = self._listed(place(cursor), sieve) if sieve.state in LISTED else self._logged(cursor, sieve)
        return await _page(walk, limit, sieve)

    async def undecided(self, cursor: str | None, limit: int, sieve: DeliverySieve) -> DeliveryPage:
        """Held or dead ones, oldest first, and none that became so after the first page: what is replayed and dies
        again doesn't come twice."""
        last, _, after = (cursor or "").partition("/")
        until_ms = int(last) if last else await self.latest_ms(await self.lanes_of(sieve), sieve)
        page = await _page(self._listed(place(after), sieve, until_ms), limit, sieve)
        return DeliveryPage(deliveries=page.deliveries, next=page.next and f"{until_ms}/{page.next}")

    async def listed(self, cursor: str | None, sieve: DeliverySieve) -> ListedPage:
        """Held or dead ones, newest first, as briefly as they can be counted by."""
        lanes, after, looked = await self.lanes_of(sieve), place(cursor), 0
        found: list[Listed] = []
        while step := await self.falling(lanes, after, sieve, AT_ONCE):
            found += [one for one in await self._briefly(step) if listed_fits(one, sieve)]
            after, looked = step[-1], looked + len(step)
            if looked >= LOOKED_AT:
                return ListedPage(deliveries=found, next=str(after))
        return ListedPage(deliveries=found, next=None)

    async def _briefly(self, step: list[Place]) -> list[Listed]:
        rows = await self._pipe(lambda pipe: [pipe.hmget(f"d:{at.id}", BRIEF) for at in step])
        return [_brief(at, row) for at, row in zip(step, rows, strict=True) if row and row[0]]

    async def _logged(self, cursor: str | None, sieve: DeliverySieve) -> Walk:
        """After the deliveries of each event comes a None, so that those without any count as looked at too."""
        at, _, done = (cursor or "").partition(".")
        top, skip = at or None, int(done or 0)
        while step := await self._log(top, sieve):
            events = await self._events([evt for _, evt in step])
            views = {each.event.id: (*each.deliveries, *each.callbacks) for each in events}
            for at, evt in step:
                for number, view in enumerate((*views.get(evt, ()), None), 1):
                    if number > skip:
                        yield f"{at}.{number}", view
                skip = 0
            top = f"({at}"

    async def _listed(self, after: Place | None, sieve: DeliverySieve, until_ms: int | None = None) -> Walk:
        """Newest first; oldest first up to a time, where one is given."""
        lanes = await self.lanes_of(sieve)
        while step := (
            await self.falling(lanes, after, sieve, STEP)
            if until_ms is None
            else await self.rising(lanes, after, sieve, until_ms, STEP)
        ):
            views = {view.id: view for view in await self._deliveries([at.id for at in step])}
            for at in step:
                yield str(at), views.get(at.id)
            after = step[-1]


async def _page(walk: Walk, limit: int, sieve: DeliverySieve) -> DeliveryPage:
    found: list[DeliveryView] = []
    looked = 0
    async with aclosing(walk):
        async for cursor, view in walk:
            looked += 1
            if view and delivery_fits(view, sieve):
                found.append(view)
            if len(found) == limit or looked == LOOKED_AT:
                return DeliveryPage(deliveries=found, next=cursor)
    return DeliveryPage(deliveries=found, next=None)


def _brief(at: Place, row: Any) -> Listed:
    lane, route, why, came = (value.decode(errors="replace") if value else "" for value in row)
    return Listed(
        id=at.id, lane=lane, route=route, reason=why, since_ms=at.at_ms, came_ms=int(came) if came.isdigit() else 0
    )
