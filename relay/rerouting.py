"""A stored event routed by the file of today: what it lacks is made, and what it has stays as it is."""

import time
from collections.abc import Callable, Sequence

import msgspec

from relay import callback, record, thin
from relay.configuration import Config
from relay.delivery import Draft, State
from relay.errors import Refused, RelayError
from relay.replay import Decisions, known_of, unrouted, without_body
from relay.route import NOWHERE
from relay.signals import Signal, tell
from relay.store import Blob, Reroute, Store
from relay.texts import _
from relay.times import rfc3339
from relay.views import DeliveryView, EventView


class Rerouted(msgspec.Struct, frozen=True, kw_only=True):
    """`made`: new ones; `reopened`: those that had died because their route failed, and are tried now."""

    made: list[str]
    reopened: list[str]


class Rerouting:
    """Raises Refused: 404 where there is no such event, 409 where the routes of today still fail on it."""

    def __init__(self, store: Store, decisions: Decisions, config: Callable[[], Config]) -> None:
        self._store, self._decisions, self._config = store, decisions, config

    async def route(self, event_id: str, by: str, note: str = "") -> Rerouted:
        view = await self._store.event(event_id)
        if view is None:
            raise Refused(404, "unknown_event", _("there is no event {name}", name=repr(event_id[:60])))
        if view.event.bare_ms:
            raise without_body()
        drafts = await self._today(view)
        there = {one.id: one for one in view.deliveries}
        reopened = [one.id for one in drafts if one.state is State.PENDING and _failed(there.get(one.id))]
        for dlv in reopened:
            await self._decisions.replay(dlv, by, note)
        missing = [_as_the_others(draft, view) for draft in drafts if draft.id not in there]
        made = await self._made(view, missing, by, note) if missing else []
        return Rerouted(made=made, reopened=reopened)

    async def _today(self, view: EventView) -> Sequence[Draft]:
        known = await known_of(view, self._store, self._config())
        try:
            return thin.today(known, self._config(), time.time_ns() // 1_000_000)
        except RelayError as fault:
            raise Refused(409, "not_routed", fault.what) from None

    async def _made(self, view: EventView, missing: Sequence[Draft], by: str, note: str) -> list[str]:
        config = self._config()
        told = config.callback_of(view.event.source)
        now = rfc3339(time.time_ns() // 1_000_000)
        seen = record.Record(n=0, at=now, config=config.version, by=by, decided="replay", note=note or None)
        asked = Reroute(
            evt=view.event.id,
            record=Blob(record.pack(seen)),
            made=[callback.telling(told, draft) for draft in missing],
            known=[one.id for one in view.deliveries],
            instead=_replaced(view, missing),
            got=bool(await self._store.fetched(view.event.id)),
        )
        made = await self._store.reroute(asked)
        if made is None:
            raise Refused(404, "unknown_event", _("it is gone"))
        for dlv in made:
            tell(Signal.DELIVERY_REPLAYED, event=view.event.id, delivery=dlv, decided="replay", by=by)
        return made


def _failed(view: DeliveryView | None) -> bool:
    return view is not None and unrouted(view)


def _replaced(view: EventView, missing: Sequence[Draft]) -> list[str]:
    """Those that never had a lane, of routes that say now where to."""
    routes = {draft.route for draft in missing if draft.lane != NOWHERE}
    return [one.id for one in view.deliveries if one.lane == NOWHERE and one.route in routes and unrouted(one)]


def _as_the_others(draft: Draft, view: EventView) -> Draft:
    """Where a person hasn't decided yet which of two bodies under one id counts, a new one waits for that too."""
    reasons = (one.reason for one in view.deliveries if one.state is State.HELD)
    differs = next((reason for reason in reasons if reason and reason.startswith("differs")), None)
    if differs is None or draft.state is not State.PENDING:
        return draft
    return msgspec.structs.replace(draft, state=State.HELD, reason=differs)
