"""The claim script's reply as values."""

from collections.abc import Mapping
from typing import Any

import msgspec

from relay.booking import Booking, Found, Reversed
from relay.event import unpack
from relay.known import NOTHING
from relay.store import Claim, Claimed, Claims, Notice


def claims(claim: Claim, reply: Any) -> tuple[Claims, dict[str, str]]:
    """From the script's `{rows, next_ms, ready}`, and why a delivery can't be read, by its id."""
    rows, next_ms, ready = reply
    deliveries, unreadable = [], {}
    for row in rows:
        try:
            deliveries.append(_claimed(claim, row))
        except (msgspec.DecodeError, ValueError) as fault:
            unreadable[row[0].decode(errors="replace")] = f"can't be read: {type(fault).__name__}"
    found = Claims(deliveries=deliveries, next_ms=None if next_ms < 0 else next_ms, more=ready == 2, ready=ready > 0)
    return found, unreadable


def _claimed(claim: Claim, row: list[Any]) -> Claimed:
    """From claim.lua's `row`: five values that each delivery has, then names and values that this one has more."""
    dlv, evt, route, received, packed, *more = row
    fields: dict[bytes, Any] = dict(zip(more[::2], more[1::2], strict=True))
    return Claimed(
        id=dlv.decode(),
        lane=claim.lane,
        token=claim.claim,
        event=unpack(evt.decode(), packed),
        received_ms=int(received),
        route=route.decode(),
        order_key=_text(fields, b"key") or None,
        once=_text(fields, b"once") or None,
        attempts=int(fields.get(b"n", 0)),
        tries=int(fields.get(b"tries", 0)),
        doubt=b"doubt" in fields,
        lost=b"lost" in fields,
        probe=b"probe" in fields,
        look=int(fields.get(b"look", 0)),
        missed=int(fields.get(b"missed", 0)),
        start_ms=int(fields.get(b"start", 0)),
        age_ms=int(fields.get(b"age", 0)),
        rendered=fields.get(b"rendered"),
        booking=_booking(fields) if b"owner" in fields else None,
        notice=_notice(fields) if b"of" in fields else None,
        prior=None if b"of" in fields else fields.get(b"snapshot"),
        reversed=_reversed(fields[b"reversed"]) if b"reversed" in fields else None,
        asked_ms=int(fields[b"asked"]) if b"asked" in fields else None,
        told=fields.get(b"told", ()),
        fetched=_pairs(fields[b"fetched"]) if b"fetched" in fields else NOTHING,
    )


def _pairs(flat: list[bytes]) -> dict[str, bytes]:
    return {name.decode(): value for name, value in zip(flat[::2], flat[1::2], strict=True)}


def _text(fields: Mapping[bytes, bytes], name: bytes) -> str:
    return fields.get(name, b"").decode()


def _reversed(parts: list[bytes]) -> Reversed:
    delivery, found, document, prior = parts
    return Reversed(delivery.decode(), Found(found.decode()), document.decode(), prior)


def _booking(fields: Mapping[bytes, bytes]) -> Booking:
    return Booking(_text(fields, b"owner"), _text(fields, b"document"), _text(fields, b"digest"))


def _notice(fields: Mapping[bytes, bytes]) -> Notice:
    return Notice(
        delivery=_text(fields, b"of"),
        event_state=_text(fields, b"est"),
        nth=int(_text(fields, b"nth")),
        at_ms=int(_text(fields, b"at")),
        snapshot=fields.get(b"snapshot", b""),
    )
