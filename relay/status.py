"""Events, deliveries and lanes as people and programs are shown them (CONTRACT section 3). Pure; secrets masked."""

from collections.abc import Sequence
from typing import Any

import msgspec

from relay import record
from relay.masking import Mask
from relay.record import Record
from relay.times import rfc3339
from relay.views import DeliveryView, EventView, LaneView

_DECISION = ("at", "config", "by", "decided", "note")


def event(view: EventView, mask: Mask) -> dict[str, Any]:
    """An event with its deliveries and attempts; `callbacks` are deliveries too, and count for nothing else. Of one
    that came in a POST of several, `part` is its place in it, `of` how many there were."""
    found = view.event
    return {
        "id": found.id,
        "source": found.source,
        "type": found.type,
        "external_id": found.external_id,
        "received_at": rfc3339(view.received_ms),
        "state": str(view.state),
        "routes": view.routes,
        "config": found.config,
        "headers": mask.headers(found.headers),
        "deliveries": [delivery(one) for one in view.deliveries],
        "callbacks": [delivery(one) for one in view.callbacks],
        **(_part(view) if found.post else {}),
    }


def _part(view: EventView) -> dict[str, Any]:
    """Without the others in a list, and where their POST isn't kept any more."""
    place = {"post": view.event.post, "part": view.event.part}
    siblings = [one for one in dict.fromkeys(view.parts) if one != view.event.id]
    return {**place, "of": len(view.parts), "siblings": siblings} if view.parts else place


def delivery(view: DeliveryView) -> dict[str, Any]:
    attempts, decisions = _history([record.unpack(one) for one in view.attempts])
    return {
        "id": view.id,
        "event": view.event,
        "route": view.route,
        "destination": view.lane,
        "state": str(view.state),
        "order_key": view.order_key,
        "once": view.once,
        "document": view.document,
        "reason": view.reason,
        "next_attempt_at": rfc3339(view.due_ms) if view.due_ms else None,
        "attempts": attempts,
        "decisions": decisions,
    }


def _history(records: Sequence[Record]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Attempts and people's decisions; an attempt says who asked for it."""
    attempts, decisions, asked = [], [], None
    for one in records:
        if one.decided:
            decisions.append({name: getattr(one, name) for name in _DECISION})
            asked = one.by
        else:
            shown = msgspec.structs.asdict(one)
            attempts.append({name: shown[name] for name in shown if name not in _DECISION[-2:]} | {"by": asked})
            asked = None
    return attempts, decisions


def lane(view: LaneView) -> dict[str, Any]:
    return msgspec.structs.asdict(view)
