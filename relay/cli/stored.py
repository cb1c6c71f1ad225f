"""A stored event as the API tells of it: to be looked at again, or taken out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from relay.cli.asking import Asking
from relay.event import Event


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """`received_ms`: since 1970. `documents`: what was read for it, by name. `shown`: as the API shows it."""

    event: Event
    received_ms: int
    documents: Mapping[str, Any]
    shown: Mapping[str, Any]


def stored(relay: Asking, event_id: str, *, whole: bool) -> Stored:
    """Its headers have their secrets masked. `whole`: with the POST that it came in, where there were others in it.
    Raises RelayError where something of it isn't there."""
    shown = relay.get(f"/api/events/{event_id}")
    part = {"post": shown["post"], "part": shown["part"]} if shown.get("post") else {}
    event = Event(
        id=shown["id"],
        source=shown["source"],
        type=shown["type"],
        external_id=shown["external_id"],
        headers=shown["headers"],
        body=relay.raw(f"/api/events/{event_id}/body"),
        config=shown["config"],
        whole=relay.raw(f"/api/events/{event_id}/whole") if part and whole else None,
        **part,
    )
    received_ms = round(datetime.fromisoformat(shown["received_at"]).timestamp() * 1000)
    documents = relay.get(f"/api/events/{event_id}/documents")["documents"]
    return Stored(event=event, received_ms=received_ms, documents=documents, shown=shown)
