"""What becomes of a reversal whose document isn't booked. Pure."""

from relay.booking import Found, Reversed
from relay.delivery import State
from relay.texts import _


def without_booking(other: Reversed) -> tuple[State, str]:
    """The state and reason that end the reversal: what wasn't posted is cancelled, all else is for a person."""
    match other.found:
        case Found.OPEN | Found.CANCELLED:
            return State.DELIVERED, _("{delivery} wasn't posted, and is cancelled", delivery=other.delivery)
        case Found.DOUBT:
            return State.HELD, _(
                "hold: whether {delivery} is booked is in doubt; decide that, then release this",
                delivery=other.delivery,
            )
    return State.HELD, _("hold: nothing is booked here under the key that it reverses")
