"""What of a form is signed: its fields, as the bytes that were escaped, whatever their charset is."""

import json
from collections.abc import Sequence
from itertools import pairwise
from urllib.parse import parse_qsl

from relay.errors import Forged
from relay.signature import Received
from relay.signatures.reading import arrived
from relay.signatures.template import fill_in, parse
from relay.signatures.words import FormContent

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 1_000
MOST_ESCAPES = 32_768  # some ten thousand Chinese characters; unescaping is what takes time, and anybody may send it

Pair = tuple[str, str]


def pairs(received: Received) -> list[Pair]:
    """Names and values in their order, each character a byte. Raises Forged on what is no form."""
    kind = received.headers.get("content-type", "").partition(";")[0].strip().lower()
    if (received.body and kind != FORM) or received.body.count(b"%") > MOST_ESCAPES:
        raise Forged
    try:
        return parse_qsl(
            received.body.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise Forged from None


def as_json(received: Received) -> bytes:
    """The fields as one JSON object of texts, as Python's json.dumps writes it: so does FreshBooks sign them. A field
    that stands twice is Forged: only one of the two would be signed."""
    found = pairs(received)
    try:
        read = {key.encode("latin-1").decode(): value.encode("latin-1").decode() for key, value in found}
    except UnicodeDecodeError:
        raise Forged from None
    if len(read) != len(found):
        raise Forged
    return json.dumps(read).encode()


class SortedForm:
    """A form content's words, compiled."""

    def __init__(self, words: FormContent) -> None:
        self._leave_out = frozenset(arrived(name) for name in words.leave_out)
        self._pair = parse(words.pair, ("key", "value"), ())
        self._separator, self._unique, self._empty = words.separator, words.unique, words.empty
        self._between = words.pair.partition("{key}")[2].partition("{value}")[0]

    def __call__(self, received: Received) -> bytes:
        """Raises Forged on what is no form, and where a value may hold a field that was signed beside it."""
        found = [pair for pair in pairs(received) if self._counts(pair)]
        ordered = sorted(set(found)) if self._unique else sorted(found, key=lambda pair: pair[0])
        if self._separator and self._between and self._hides(ordered):
            raise Forged
        written = [fill_in(self._pair, {"key": key, "value": value}) for key, value in ordered]
        return self._separator.join(written).encode("latin-1")

    def _counts(self, pair: Pair) -> bool:
        return pair[0] not in self._leave_out and (self._empty or bool(pair[1]))

    def _hides(self, ordered: Sequence[Pair]) -> bool:
        """Whether a=1&b=2 may have been signed as two fields: b would stand between a and the field after it."""
        return any(
            key <= name and (name <= following or not following)
            for (key, value), (following, _) in pairwise([*ordered, ("", "")])
            for name in self._named_in(value)
        )

    def _named_in(self, value: str) -> list[str]:
        """The names of what would be fields if the value were parted."""
        parted = (piece.partition(self._between) for piece in value.split(self._separator)[1:])
        return [name for name, between, _ in parted if name and between]
