"""Who has a business key at a destination, and what a reversal finds under the one that it takes back."""

from enum import StrEnum

import msgspec


class Booking(msgspec.Struct, frozen=True):
    """Who booked a business key first, under which document, with which request's digest."""

    delivery: str
    document: str
    digest: str


class Found(StrEnum):
    """What a reversal finds under the business key that it takes back."""

    BOOKED = "booked"
    CANCELLED = "cancelled"
    OPEN = "open"
    DOUBT = "doubt"
    NOTHING = "nothing"


class Reversed(msgspec.Struct, frozen=True):
    """`delivery`: the one that has the key; `prior`: what was kept with it, if it is booked."""

    delivery: str
    found: Found
    document: str
    prior: bytes
