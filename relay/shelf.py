"""Keys that were fetched, by name, and what is remembered of those that weren't. Pure: `now`, in seconds, is given.

All is bounded, so that a stranger who invents names of keys fills no memory and makes Relay send few requests.
"""

from collections import OrderedDict, deque
from typing import NamedTuple, TypeVar

from relay.errors import Forged, KeyLater
from relay.texts import _

MOST_KEPT = 64  # a platform has one or two at a time
NEW_A_MINUTE = 10
AT_ONCE = 4
MISSING_S = 60.0
FAILED_S = 5.0
_MINUTE_S = 60.0
T = TypeVar("T")


class Kept(NamedTuple):
    key: str
    until: float


class Absent(NamedTuple):
    missing: bool
    until: float


class Shelf:
    """Of one source. What was found once may be asked for again whatever strangers do; what is new is counted."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._absent: OrderedDict[str, Absent] = OrderedDict()
        self._asked: deque[float] = deque()

    def key(self, name: str, now: float) -> str | None:
        """None where it isn't known, and must be asked for. Raises Forged on one that isn't there, KeyLater on one that
        couldn't be had just now."""
        kept = self._kept.get(name)
        if kept and now < kept.until:
            self._kept.move_to_end(name)
            return kept.key
        absent = self._absent.get(name)
        if absent and now < absent.until:
            raise Forged if absent.missing else KeyLater(_("a key can't be fetched"))
        return None

    def admit(self, name: str, now: float, under_way: int) -> None:
        """Counts one more that is asked for. Raises KeyLater where there are too many."""
        if name in self._kept:
            return
        while self._asked and self._asked[0] <= now - _MINUTE_S:
            self._asked.popleft()
        if under_way >= AT_ONCE or len(self._asked) >= NEW_A_MINUTE:
            raise KeyLater(_("too many keys are asked for"))
        self._asked.append(now)

    def keep(self, name: str, key: str, until: float) -> None:
        """One that was found."""
        self._absent.pop(name, None)
        _put(self._kept, name, Kept(key, until))

    def lack(self, name: str, now: float) -> None:
        """One that its platform doesn't have, or that can't be believed."""
        self._kept.pop(name, None)
        _put(self._absent, name, Absent(True, now + MISSING_S))

    def fail(self, name: str, now: float) -> None:
        """One that couldn't be had."""
        _put(self._absent, name, Absent(False, now + FAILED_S))


def _put(shelf: OrderedDict[str, T], name: str, value: T) -> None:
    shelf[name] = value
    shelf.move_to_end(name)
    if len(shelf) > MOST_KEPT:
        shelf.popitem(last=False)
