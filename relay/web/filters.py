"""Which events a query wants: source, type, state, route, since, until, q."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from relay.delivery import EventState
from relay.duration import parse_duration_ms
from relay.errors import Refused
from relay.views import EventView

Test = Callable[[EventView], bool]


def wanted(query: Mapping[str, str]) -> Test:
    """A test for an event. Raises Refused (400) on a value that can't be."""
    tests = [make(query[name]) for name, make in _TESTS.items() if query.get(name)]
    return lambda view: all(test(view) for test in tests)


def _state(value: str) -> Test:
    if value not in list(EventState):
        raise Refused(400, "bad_state", f"state is one of {', '.join(EventState)}")
    return lambda view: view.state == value


def _text(value: str) -> Test:
    """In ids, documents and order keys."""

    def found(view: EventView) -> bool:
        of_deliveries = (part for one in view.deliveries for part in (one.id, one.document, one.order_key, one.once))
        return any(value in (part or "") for part in (view.event.id, view.event.external_id, *of_deliveries))

    return found


def instant_ms(value: str, name: str) -> int:
    """RFC 3339, or how long ago (`2h`). Raises Refused."""
    try:
        return time.time_ns() // 1_000_000 - parse_duration_ms(value)
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise Refused(400, f"bad_{name}", f"{name} is a time such as 2026-03-31T16:30:00Z, or 2h ago as 2h") from None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)


def _since(value: str) -> Test:
    bound = instant_ms(value, "since")
    return lambda view: view.received_ms >= bound


def _until(value: str) -> Test:
    bound = instant_ms(value, "until")
    return lambda view: view.received_ms < bound


_TESTS: dict[str, Callable[[str], Test]] = {
    "source": lambda value: lambda view: view.event.source == value,
    "type": lambda value: lambda view: view.event.type == value,
    "route": lambda value: lambda view: value in view.routes,
    "state": _state,
    "since": _since,
    "until": _until,
    "q": _text,
}
