"""The status callback: what the origin is told of a delivery, and when."""

from collections.abc import Mapping
from typing import Any

import msgspec

from relay.delivery import Draft, State, is_fetch
from relay.event import Event
from relay.money import decode_json, encode_json
from relay.source import Callback
from relay.store import Blob, CallbackDraft, Made, Notice
from relay.times import rfc3339

KINDS = {
    State.DELIVERED: "delivered",
    State.DEAD: "dead",
    State.HELD: "held",
    State.CONFIRMING: "accepted",
    State.WAITING: "retrying",
}


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a callback says of its delivery; `data` is what a result rule took from the answer."""

    id: str
    route: str
    destination: str
    state: State
    attempts: int
    document: str | None = None
    reason: str | None = None
    order_key: str | None = None
    data: Mapping[str, Any] | None = None


def drafts(callback: Callback | None, told: Told) -> list[CallbackDraft]:
    """The callbacks that the source wants for this state: one or none. Nobody is told of a document that was read; of
    one that can't be read whoever is told of any route is told: none of them comes to anything."""
    kind = KINDS.get(told.state)
    if callback is None or kind not in callback.on:
        return []
    if is_fetch(told.route) and told.state is State.DELIVERED:
        return []
    if callback.routes is not None and told.route not in callback.routes and not is_fetch(told.route):
        return []
    snapshot = Blob(encode_json({**msgspec.structs.asdict(told), "state": str(told.state)}))
    return [CallbackDraft(lane=callback.to, route=told.route, snapshot=snapshot)]


def of_draft(callback: Callback | None, draft: Draft) -> list[CallbackDraft]:
    """The callbacks of a delivery that is born ended or held."""
    told = Told(
        id=draft.id,
        route=draft.route,
        destination=draft.lane,
        state=draft.state,
        attempts=0,
        reason=draft.reason,
        order_key=draft.order_key,
    )
    return drafts(callback, told)


def telling(callback: Callback | None, draft: Draft) -> Made:
    """The delivery with its callbacks, as the step that makes it writes both."""
    if isinstance(draft, Made):
        return draft
    return Made(**msgspec.structs.asdict(draft), callbacks=of_draft(callback, draft))


def body(notice: Notice, event: Event) -> dict[str, Any]:
    """The callback as CONTRACT shapes it, from the snapshot that was taken when the delivery ended."""
    told = decode_json(notice.snapshot)
    told.pop("data")
    return {
        "type": f"delivery.{KINDS[State(told['state'])]}",
        "at": rfc3339(notice.at_ms),
        "seq": notice.nth,
        "event": {
            "id": event.id,
            "source": event.source,
            "type": event.type,
            "external_id": event.external_id,
            "state": notice.event_state,
        },
        "delivery": told,
    }


def data(notice: Notice) -> dict[str, Any]:
    """What a result rule's `data:` took from the ERP's answer."""
    return decode_json(notice.snapshot)["data"] or {}
