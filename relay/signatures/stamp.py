"""The time of signing: read from a request and held against the clock, and written when Relay signs."""

import re

from relay.duration import parse_duration_ms
from relay.errors import Forged
from relay.signature import Received
from relay.signatures.reading import Read, header_at, pairs, query_at
from relay.signatures.vocabulary import Timestamp

_DIGITS = re.compile(rb"[0-9]{1,16}")


class Stamp:
    """A timestamp's words, compiled. `separator` is the one of the signature's value, for a pair."""

    def __init__(self, words: Timestamp, separator: bytes) -> None:
        self.header, self.pair = words.header, words.pair
        self._read = _reader(words)
        self._separator, self._key = separator, (words.pair or "").encode()
        self._unit_ms = 1 if words.unit == "ms" else 1_000
        self._tolerance_ms = parse_duration_ms(words.tolerance)

    def read(self, received: Received, value: bytes, now: float) -> bytes:
        """The text that was signed. Raises Forged on one that is missing, no number, stale or of the future."""
        text = self._read(received) if self._read else self._paired(value)
        if not _DIGITS.fullmatch(text):
            raise Forged
        if abs(now * 1_000 - int(text) * self._unit_ms) > self._tolerance_ms:
            raise Forged
        return text

    def text(self, seconds: int) -> str:
        """The text to send for a time in seconds since 1970."""
        return str(seconds * 1_000 // self._unit_ms)

    def _paired(self, value: bytes) -> bytes:
        found = pairs(value, self._separator, self._key)
        if not found:
            raise Forged
        return found[0]


def _reader(words: Timestamp) -> Read | None:
    if words.header:
        return header_at(words.header)
    return query_at(words.query) if words.query else None
