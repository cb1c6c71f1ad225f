"""When a lane stops calling a destination that is down, and how it looks whether it is back."""

from enum import StrEnum

import msgspec


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker(msgspec.Struct, frozen=True, kw_only=True):
    """Opens after `failures` in a row; then one probe at a time, `probe_ms` apart, doubling up to `cap_ms`."""

    failures: int = 5
    probe_ms: int = 30_000
    cap_ms: int = 600_000
