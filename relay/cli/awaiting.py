"""Waits until events that were sent have ended: all their deliveries, and their status callbacks."""

import time
from typing import Any

import msgspec

from relay.cli.asking import Asking
from relay.cli.posting import Answered
from relay.signature import Outgoing

EVERY_S = 0.2
OPEN = frozenset({"pending", "in_flight", "waiting", "confirming"})
NEWEST = "200"


class Sent(msgspec.Struct, frozen=True):
    """One request, and what was answered."""

    outgoing: Outgoing
    answered: Answered


def seen_now(relay: Asking, source: str) -> frozenset[str]:
    """The newest events of a source, to tell later ones from them."""
    return frozenset(event["id"] for event in relay.get("/api/events", source=source, limit=NEWEST)["events"])


def ids_of(relay: Asking, source: str, sent: list[Sent], before: frozenset[str]) -> list[str]:
    """The events of what was sent, in order. Where a platform's own answer names none, those that came meanwhile."""
    named = [str(event["id"]) for one in sent for event in one.answered.events]
    if named or not any(one.answered.is_taken for one in sent):
        return list(dict.fromkeys(named))
    return sorted(seen_now(relay, source) - before)


def ended(relay: Asking, ids: list[str], within_s: float) -> list[dict[str, Any]]:
    """Each event, once nothing of it is open any more or the time is over."""
    gives_up = time.monotonic() + within_s
    found = []
    for id_ in ids:
        while _is_open(event := relay.get(f"/api/events/{id_}")) and time.monotonic() < gives_up:
            time.sleep(EVERY_S)
        found.append(event)
    return found


def _is_open(event: dict[str, Any]) -> bool:
    return any(one["state"] in OPEN for one in (*event["deliveries"], *event["callbacks"]))
