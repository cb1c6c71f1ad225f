"""How long what has ended is kept: bodies, and records of what was done. What is unfinished is kept in any case."""

import msgspec


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """In milliseconds from the end of an event's last delivery and callback; None is for ever. Bodies never outlast
    records."""

    bodies_ms: int | None = None
    records_ms: int | None = None


FOR_EVER = Retention()
