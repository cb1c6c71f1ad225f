"""The ways in which a played system misbehaves, each with its share of the requests that it can befall."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from random import Random

from relay.errors import RelayError
from relay.nearest import nearest


class Knob(StrEnum):
    """What can go wrong, in the order in which it is asked."""

    THROTTLE = "throttle"  # it is busy, and says so in its own way
    HTML_PAGE = "html_page"  # a gateway answers 200 with a page; nothing is booked
    EXPIRE_SESSIONS = "expire_sessions"  # every login ends before this request
    CLOSED_PERIOD = "closed_period"  # a posting is refused because its period is closed
    COMMIT_LATE = "commit_late"  # the connection ends at once, and the booking happens some time after
    DROP_AFTER_COMMIT = "drop_after_commit"  # booked, and the connection ends without an answer
    TRUNCATE = "truncate"  # booked, and the answer breaks off in its middle
    SLOW = "slow"  # booked, and the answer takes its time


class Knobs:
    """`shares`: of a knob's requests, from 0 to 1, those that it befalls; the same seed gives the same run.
    `late_s` and `slow_s`: how late a booking and an answer are, in seconds."""

    def __init__(self, shares: Mapping[str, Decimal] | None = None, seed: int = 1) -> None:
        """Raises RelayError for a knob that there isn't, and for a share beyond 0 to 1."""
        self.shares: dict[Knob, Decimal] = {}
        self.late_s, self.slow_s = 0.3, 1.0
        self._random = Random(seed)  # noqa: S311 - it plays chance, and guards nothing
        self.turn(shares or {})

    def turn(self, shares: Mapping[str, Decimal]) -> None:
        """Sets some of them. Raises RelayError as the constructor does."""
        for name, share in shares.items():
            if name not in set(Knob):
                raise RelayError(f"there is no knob {name[:40]!r}", remedy=nearest(name, list(Knob)))
            if not 0 <= share <= 1:
                raise RelayError(f"{name} takes a share from 0 to 1", remedy="such as 0.1 for one in ten")
            self.shares[Knob(name)] = share

    def falls(self, knob: Knob) -> bool:
        """Whether this request is one of them."""
        share = self.shares.get(knob, Decimal(0))
        return share > 0 and self._random.random() < share
