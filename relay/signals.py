"""What a process tells of itself: one name for each change of state, with the ids of what it befell.

Ids, codes and numbers alone: what came in a request, in an answer or in an error's text may hold a secret or a body.
"""

import logging
from enum import StrEnum

Ids = dict[str, str | int | None]

_log = logging.getLogger("relay")


class Signal(StrEnum):
    """The name that a line of the log has. docs/operations.md says what each means."""

    EVENT_ACCEPTED = "event.accepted"
    EVENT_DUPLICATE = "event.duplicate"
    EVENT_DIFFERS = "event.differs"
    EVENT_UNROUTED = "event.unrouted"
    EVENT_REFUSED = "event.refused"
    REQUEST_TAKEN = "request.taken"
    REQUEST_ANSWERED = "request.answered"
    REQUEST_CHECKED = "request.checked"
    REQUEST_REFUSED = "request.refused"
    REQUEST_FAILED = "request.failed"
    DELIVERY_ATTEMPTED = "delivery.attempted"
    DELIVERY_DELIVERED = "delivery.delivered"
    DELIVERY_WAITING = "delivery.waiting"
    DELIVERY_CONFIRMING = "delivery.confirming"
    DELIVERY_HELD = "delivery.held"
    DELIVERY_DEAD = "delivery.dead"
    DELIVERY_FAILED = "delivery.failed"
    DELIVERY_REPLAYED = "delivery.replayed"
    DELIVERY_RELEASED = "delivery.released"
    LANE_OPENED = "lane.opened"
    LANE_CLOSED = "lane.closed"
    LANE_STOPPED = "lane.stopped"
    LANE_PAUSED = "lane.paused"
    LANE_RESUMED = "lane.resumed"
    LOGIN_REFUSED = "login.refused"
    CONFIG_LOADED = "config.loaded"
    CONFIG_REFUSED = "config.refused"
    CONFIG_DIFFERS = "config.differs"
    CONFIG_APPLIED = "config.applied"
    REDIS_UNFIT = "redis.unfit"
    REDIS_FIT = "redis.fit"
    REDIS_WARNED = "redis.warned"
    REDIS_OLDER = "redis.older"
    RECORD_PUT_ASIDE = "record.put_aside"
    WEB_STARTED = "web.started"
    WEB_STOPPED = "web.stopped"
    WORKER_STARTED = "worker.started"
    WORKER_STOPPED = "worker.stopped"
    PROCESS_STARTED = "process.started"
    PROCESS_DIED = "process.died"
    PROCESS_FAILED = "process.failed"

    __hash__ = str.__hash__  # Enum's own is Python, and these are looked up for each attempt


_QUIET = (Signal.DELIVERY_ATTEMPTED, Signal.REQUEST_TAKEN, Signal.REQUEST_CHECKED)
_WARNINGS = (
    *(Signal.EVENT_DIFFERS, Signal.EVENT_REFUSED, Signal.REQUEST_REFUSED, Signal.DELIVERY_HELD, Signal.DELIVERY_DEAD),
    *(Signal.LANE_OPENED, Signal.LANE_PAUSED, Signal.LOGIN_REFUSED, Signal.REDIS_WARNED, Signal.PROCESS_DIED),
    Signal.CONFIG_DIFFERS,
)
_ERRORS = (
    *(Signal.REQUEST_FAILED, Signal.DELIVERY_FAILED, Signal.LANE_STOPPED, Signal.CONFIG_REFUSED),
    *(Signal.REDIS_UNFIT, Signal.REDIS_OLDER, Signal.RECORD_PUT_ASIDE, Signal.PROCESS_FAILED),
)
LEVELS = {
    **dict.fromkeys(Signal, logging.INFO),
    **dict.fromkeys(_QUIET, logging.DEBUG),
    **dict.fromkeys(_WARNINGS, logging.WARNING),
    **dict.fromkeys(_ERRORS, logging.ERROR),
}


class Line(logging.LogRecord):
    """A signal as a record of the log. `ids`: what it befell, and what else is known, by name."""

    def __init__(self, signal: Signal, text: str, fault: BaseException | None, ids: Ids) -> None:
        trace = (type(fault), fault, fault.__traceback__) if fault else None
        super().__init__("relay", LEVELS[signal], "", 0, text, (), trace)
        self.signal, self.ids = signal, ids


def tells(signal: Signal) -> bool:
    """Whether anybody hears it, where it costs something to put its ids together."""
    return _log.isEnabledFor(LEVELS[signal])


def tell(signal: Signal, text: str = "", fault: BaseException | None = None, /, **ids: str | int | None) -> None:
    """Writes a line. `text` is Relay's own words; `fault` is told by its kind and places; an id of None is left out."""
    if tells(signal):
        _log.handle(Line(signal, text, fault, ids))
