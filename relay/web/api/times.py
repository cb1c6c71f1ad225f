"""Instants as they are asked for: RFC 3339, or how long ago."""

import time
from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta

from relay.duration import parse_duration_ms
from relay.errors import Refused
from relay.texts import N_, _

WHEN = N_("a time such as 2026-03-31T16:30:00Z, or 2h for two hours ago")
When = Annotated[Annotated[str, Meta(max_length=40)] | None, Meta(description=WHEN)]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def instant_ms(value: str | None, name: str) -> int | None:
    """None where none was given. Raises Refused."""
    if not value:
        return None
    try:
        return now_ms() - parse_duration_ms(value)
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(value)
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise Refused(400, f"bad_{name}", _("{name} is {when}", name=name, when=_(WHEN))) from None
