"""What becomes of a reversal whose document isn't booked. Pure."""

from relay.booking import Found, Reversed
from relay.delivery import State


def without_booking(other: Reversed) -> tuple[State, str]:
    """The state and reason that end the reversal: what wasn't posted is cancelled, all else is for a person."""
    match other.found:
        case Found.OPEN | Found.CANCELLED:
            return State.DELIVERED, f"{other.delivery} wasn't posted, and is cancelled"
        case Found.DOUBT:
            return State.HELD, f"hold: whether {other.delivery} is booked is in doubt; decide that, then release this"
    return State.HELD, "hold: nothing is booked here under the key that it reverses"
