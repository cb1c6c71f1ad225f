"""The time of signing: read from a request and held against the clock, and written when Relay signs."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from relay.duration import parse_duration_ms
from relay.errors import Forged
from relay.signature import Received
from relay.signatures.reading import Place, Read, pairs, reader, split
from relay.signatures.words import Timestamp

_DIGITS = re.compile(rb"[0-9]{1,16}")
_ISO = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:?[0-9]{2})")


class Stamp:
    """A timestamp's words, compiled. `separator` is the one of the signature's value, for a pair."""

    def __init__(self, words: Timestamp, separator: bytes) -> None:
        self.pair, self.first, self.claim = words.pair, words.first, words.claim
        self.place = _place(words)
        self._read: Read | None = reader(self.place) if self.place else None
        self._separator, self._key = separator, (words.pair or "").encode()
        self._unit = words.unit
        self._moment_ms = _MOMENTS[words.unit]
        self._tolerance_ms = parse_duration_ms(words.tolerance)
        self._earliest_ms = -self._tolerance_ms if words.bound == "both" else -float("inf")

    def read(self, received: Received, value: bytes, now: float) -> bytes:
        """The text that was signed. Raises Forged on one that is missing, no time, stale or of the future."""
        written = self._read(received) if self._read else self._beside(value)
        self.hold(written, now)
        return written

    def hold(self, written: bytes, now: float) -> None:
        """Raises Forged on what is no time, stale or of the future."""
        age_ms = now * 1_000 - self._moment_ms(written)
        if not self._earliest_ms <= age_ms <= self._tolerance_ms:
            raise Forged

    def text(self, seconds: int) -> str:
        """The text to send for a time in seconds since 1970."""
        if self._unit == "iso8601":
            return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
        return str(seconds * 1_000 if self._unit == "ms" else seconds)

    def beside(self, seconds: int) -> str:
        """What stands in front of the signature in its own value, or nothing."""
        if self.first:
            return self.text(seconds)
        return f"{self.pair}={self.text(seconds)}" if self.pair else ""

    def _beside(self, value: bytes) -> bytes:
        found = split(value, self._separator) if self.first else pairs(value, self._separator, self._key)
        if not found:
            raise Forged
        return found[0]


def _place(words: Timestamp) -> Place | None:
    if words.header:
        return Place("header", (words.header,))
    if words.query:
        return Place("query", (words.query,))
    return Place("field", (words.field,)) if words.field else None


def _counted(unit_ms: int) -> Callable[[bytes], float]:
    def moment(written: bytes) -> float:
        if not _DIGITS.fullmatch(written):
            raise Forged
        return int(written) * unit_ms

    return moment


def _of_calendar(written: bytes) -> float:
    if not _ISO.fullmatch(written):
        raise Forged
    try:
        return datetime.fromisoformat(written.decode()).timestamp() * 1_000
    except (ValueError, OverflowError):
        raise Forged from None


_MOMENTS = {"s": _counted(1_000), "ms": _counted(1), "iso8601": _of_calendar}
