"""Events, deliveries and lanes as people and programs are shown them (CONTRACT section 3). Pure; secrets masked."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from relay import record
from relay.delivery import EventState, State
from relay.event import LetIn
from relay.masking import Mask
from relay.record import Record
from relay.times import rfc3339
from relay.views import DeliveryView, EventView


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer holds. Times are RFC 3339 in UTC with milliseconds."""


class DecisionShown(Shown, frozen=True):
    """What a person decided, who it was, and why."""

    at: str
    config: str
    by: str | None
    decided: str
    note: str | None


class AttemptShown(Shown, frozen=True):
    """One try. `by`: who asked for it, if a person did; `step`: where one attempt takes several."""

    n: int
    at: str
    config: str
    step: str | None
    duration_ms: int
    outcome: str | None
    status: int | None
    reason: str | None
    request: Mapping[str, Any] | None
    response: Mapping[str, Any] | None
    by: str | None


class DeliveryShown(Shown, frozen=True):
    """An event bound for a destination. `callback_of`: the delivery that a status callback tells of."""

    id: str
    event: str
    route: str
    destination: str
    state: State
    received_at: str
    order_key: str | None
    once: str | None
    document: str | None
    reason: str | None
    next_attempt_at: str | None
    callback_of: str | None
    attempts: list[AttemptShown]
    decisions: list[DecisionShown]


class LetInShown(Shown, frozen=True):
    """Who let it in after it was refused, and why. `refused_at`: when it came."""

    by: str
    note: str
    at: str
    refused_at: str


class EventShown(Shown, frozen=True):
    """What came, and what became of it; `callbacks` are deliveries too, and count for nothing else. Of one that came in
    a POST of several, `part` is its place in it, `of` how many there were. `body_removed_at`: by retention.
    `let_in`: of one that was refused at first."""

    id: str
    source: str
    type: str
    external_id: str
    received_at: str
    state: EventState
    routes: list[str]
    config: str
    headers: dict[str, str]
    deliveries: list[DeliveryShown]
    callbacks: list[DeliveryShown]
    post: str | msgspec.UnsetType = msgspec.UNSET
    part: int | msgspec.UnsetType = msgspec.UNSET
    of: int | msgspec.UnsetType = msgspec.UNSET
    siblings: list[str] | msgspec.UnsetType = msgspec.UNSET
    body_removed_at: str | msgspec.UnsetType = msgspec.UNSET
    let_in: LetInShown | msgspec.UnsetType = msgspec.UNSET


def event(view: EventView, mask: Mask) -> EventShown:
    found = view.event
    return EventShown(
        id=found.id,
        source=found.source,
        type=found.type,
        external_id=found.external_id,
        received_at=rfc3339(view.received_ms),
        state=view.state,
        routes=view.routes,
        config=found.config,
        headers=mask.headers(found.headers),
        deliveries=[delivery(one) for one in view.deliveries],
        callbacks=[delivery(one) for one in view.callbacks],
        body_removed_at=rfc3339(found.bare_ms) if found.bare_ms else msgspec.UNSET,
        let_in=_let_in(found.let_in) if found.let_in else msgspec.UNSET,
        **(_part(view) if found.post else {}),
    )


def _let_in(found: LetIn) -> LetInShown:
    return LetInShown(by=found.by, note=found.note, at=rfc3339(found.at_ms), refused_at=rfc3339(found.came_ms))


def _part(view: EventView) -> dict[str, Any]:
    """Without the others in a list, and where their POST isn't kept any more."""
    place = {"post": view.event.post, "part": view.event.part}
    siblings = [one for one in dict.fromkeys(view.parts) if one != view.event.id]
    return {**place, "of": len(view.parts), "siblings": siblings} if view.parts else place


def delivery(view: DeliveryView) -> DeliveryShown:
    attempts, decisions = _history([record.unpack(one) for one in view.attempts])
    return DeliveryShown(
        id=view.id,
        event=view.event,
        route=view.route,
        destination=view.lane,
        state=view.state,
        received_at=rfc3339(view.received_ms),
        order_key=view.order_key,
        once=view.once,
        document=view.document,
        reason=view.reason,
        next_attempt_at=rfc3339(view.due_ms) if view.due_ms else None,
        callback_of=view.callback_of,
        attempts=attempts,
        decisions=decisions,
    )


def _history(records: Sequence[Record]) -> tuple[list[AttemptShown], list[DecisionShown]]:
    """Attempts and people's decisions; an attempt says who asked for it."""
    attempts, decisions, asked = [], [], None
    for one in records:
        if one.decided:
            decisions.append(msgspec.convert(one, DecisionShown, from_attributes=True))
            asked = one.by
        else:
            shown = msgspec.structs.asdict(one)
            attempts.append(AttemptShown(**{name: shown[name] for name in _ATTEMPT}, by=asked))
            asked = None
    return attempts, decisions


_ATTEMPT = [name for name in AttemptShown.__struct_fields__ if name != "by"]
