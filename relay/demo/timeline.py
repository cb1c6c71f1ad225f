"""An event, as the API gives it, into what a person reads of it: one step for each thing that happened. Pure."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from typing import Any

import msgspec


class Tone(StrEnum):
    """How a line is meant; what that looks like is the screen's affair."""

    PLAIN = "plain"
    GOOD = "good"
    WAITS = "waits"
    BAD = "bad"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """`key` tells it from others; `at`: seconds since 1970; `where`: destination or callback."""

    key: tuple[str, int]
    at: float
    where: str
    text: str
    tone: Tone


AFTER = {"dead": " → dead letter", "held": " → held for a person"}
_TONES = {
    "delivered": Tone.GOOD,
    "duplicate": Tone.GOOD,
    "retry": Tone.WAITS,
    "throttled": Tone.WAITS,
    "unauthorised": Tone.WAITS,
    "held": Tone.WAITS,
    "unknown": Tone.WAITS,
    "rejected": Tone.BAD,
}


def steps(event: dict[str, Any]) -> list[Step]:
    """In the order of time."""
    found = [step for delivery in event["deliveries"] for step in _of_delivery(delivery)]
    found += [step for callback in event["callbacks"] for step in _of_callback(callback)]
    return sorted(found, key=lambda step: step.at)


def ended(event: dict[str, Any]) -> bool:
    """Whether nothing more happens to it by itself."""
    return all(one["state"] in ("delivered", "dead", "held") for one in (*event["deliveries"], *event["callbacks"]))


def to_erp(event: dict[str, Any]) -> dict[str, Any]:
    """The event's delivery to the ERP."""
    found: dict[str, Any] = next(one for one in event["deliveries"] if one["destination"] == "erp")
    return found


def _of_delivery(delivery: dict[str, Any]) -> Iterator[Step]:
    done = sorted((*delivery["attempts"], *delivery["decisions"]), key=itemgetter("at"))
    for place, one in enumerate(done):
        last = place == len(done) - 1
        text = _decided(one) if "decided" in one else _tried(one, delivery, last=last)
        tone = _TONES.get(one.get("outcome") or "", Tone.PLAIN)
        yield _step(delivery["id"], place, one, delivery["destination"], text, tone)


def _of_callback(callback: dict[str, Any]) -> Iterator[Step]:
    for place, attempt in enumerate(callback["attempts"]):
        good = attempt["outcome"] == "delivered"
        answer = f"answered {attempt['status']}" if attempt["status"] else attempt["reason"]
        tone = Tone.GOOD if good else Tone.WAITS
        yield _step(callback["id"], place, attempt, "callback", f"{answer}", tone)


def _step(id_: str, place: int, done: dict[str, Any], where: str, text: str, tone: Tone) -> Step:
    at = datetime.fromisoformat(done["at"]).timestamp() + done.get("duration_ms", 0) / 1000
    return Step(key=(id_, place), at=at, where=where, text=text, tone=tone)


def _decided(decision: dict[str, Any]) -> str:
    return f"{decision['by']} decides: {decision['decided']} ({decision['note']})"


def _tried(attempt: dict[str, Any], delivery: dict[str, Any], *, last: bool) -> str:
    booked = f" as voucher {delivery['document']}" if delivery["document"] and last else ""
    after = AFTER.get(delivery["state"], " → waits") if last else ""
    if not attempt["request"]:
        return f"nothing sent, booked already{booked}" if booked else f"nothing sent: {attempt['reason']}{after}"
    outcome = attempt["outcome"]
    if outcome == "delivered":
        return f"attempt {attempt['n']} delivered{booked}"
    if outcome == "duplicate":
        return f"attempt {attempt['n']}: it has it already{booked}"
    return f"attempt {attempt['n']} failed: {attempt['reason']}{after}"
