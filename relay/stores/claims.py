"""The claim script's reply as values."""

from typing import Any, NamedTuple

import msgspec

from relay.event import unpack
from relay.store import Booking, Claim, Claimed, Claims, Found, Notice, Reversed


class Row(NamedTuple):
    """A claimed delivery as claim.lua's `row` makes it."""

    dlv: bytes
    evt: bytes
    route: bytes
    key: bytes
    once: bytes
    attempts: int
    tries: int
    doubt: int
    lost: int
    start_ms: int
    age_ms: int
    received: bytes
    callback_of: bytes
    event_state: bytes
    nth: bytes
    told_at: bytes
    packed: bytes
    rendered: bytes | None
    snapshot: bytes | None
    owner: bytes
    document: bytes
    digest: bytes
    probe: int
    look: int
    missed: int
    reversed: list[bytes] | None


def claims(claim: Claim, reply: Any) -> tuple[Claims, dict[str, str]]:
    """From the script's `{rows, next_ms, ready}`, and why a delivery can't be read, by its id."""
    rows, next_ms, ready = reply
    deliveries, unreadable = [], {}
    for row in map(Row._make, rows):
        try:
            deliveries.append(_claimed(claim, row))
        except (msgspec.DecodeError, ValueError) as fault:
            unreadable[row.dlv.decode(errors="replace")] = f"can't be read: {type(fault).__name__}"
    found = Claims(deliveries=deliveries, next_ms=None if next_ms < 0 else next_ms, more=ready == 2, ready=ready > 0)
    return found, unreadable


def _claimed(claim: Claim, row: Row) -> Claimed:
    return Claimed(
        id=row.dlv.decode(),
        lane=claim.lane,
        token=claim.claim,
        event=unpack(row.evt.decode(), row.packed),
        received_ms=int(row.received),
        route=row.route.decode(),
        order_key=row.key.decode() or None,
        once=row.once.decode() or None,
        attempts=row.attempts,
        tries=row.tries,
        doubt=bool(row.doubt),
        lost=bool(row.lost),
        probe=bool(row.probe),
        look=row.look,
        missed=row.missed,
        start_ms=row.start_ms,
        age_ms=row.age_ms,
        rendered=row.rendered,
        booking=_booking(row),
        notice=_notice(row),
        prior=None if row.callback_of else row.snapshot,
        reversed=_reversed(row.reversed) if row.reversed else None,
    )


def _booking(row: Row) -> Booking | None:
    return Booking(row.owner.decode(), row.document.decode(), row.digest.decode()) if row.owner else None


def _reversed(parts: list[bytes]) -> Reversed:
    delivery, found, document, prior = parts
    return Reversed(delivery.decode(), Found(found.decode()), document.decode(), prior)


def _notice(row: Row) -> Notice | None:
    if not row.callback_of:
        return None
    return Notice(
        row.callback_of.decode(), row.event_state.decode(), int(row.nth), int(row.told_at), row.snapshot or b""
    )
