"""What an attempt came to: a closed set of values, decided by a destination's rules."""

from enum import StrEnum
from typing import Any

import msgspec


class Outcome(StrEnum):
    DELIVERED = "delivered"
    DUPLICATE = "duplicate"
    ACCEPTED = "accepted"
    RETRY = "retry"
    THROTTLED = "throttled"
    HELD = "held"
    UNAUTHORISED = "unauthorised"
    REJECTED = "rejected"
    UNKNOWN = "unknown"

    __hash__ = str.__hash__  # Enum's own is Python, and these are looked up for each attempt


class LaneEffect(StrEnum):
    """What an attempt says of its lane: it answers, it failed, it must stop at once, or nothing."""

    ANSWERS = "answers"
    FAILS = "fails"
    STOPS = "stops"
    NONE = "none"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """`after_ms`: how long the destination asked to wait. `sent`: whether any byte may have left."""

    outcome: Outcome
    document: str | None = None
    reason: str | None = None
    after_ms: int | None = None
    lane: LaneEffect = LaneEffect.ANSWERS
    data: dict[str, Any] | None = None
    sent: bool = True
