"""The value that holds the signatures: where it stands, which candidates are in it, and how it is written."""

from relay.signatures.reading import Place, Read, after_prefix, numbered_headers, pairs, reader, split
from relay.signatures.vocabulary import Vocabulary
from relay.signatures.words import NUMBER, names_of


class Offer:
    """A vocabulary's place, prefix, separator and pair, compiled."""

    def __init__(self, words: Vocabulary) -> None:
        self.place = _place(words)
        numbered = any(NUMBER in name for name in self.place.names)
        self.read: Read = numbered_headers(self.place.names[0], NUMBER) if numbered else reader(self.place)
        self.separator = (words.separator or ",").encode()
        self._listed = words.separator is not None or numbered
        self._after_first = bool(words.timestamp and words.timestamp.first)
        self._pair, self._prefix = (words.pair or "").encode(), words.prefix.encode()
        # RFC 9110: capitals or not, `bearer` and `basic` are the same schemes
        self._any_case = words.is_credential

    def candidates(self, value: bytes) -> list[bytes]:
        """The codes that are offered, without their labels."""
        if self._pair:
            found = pairs(value, self.separator, self._pair)
        else:
            found = split(value, self.separator if self._listed else None)
        if self._after_first:
            found = found[1:]
        return after_prefix(found, self._prefix, any_case=self._any_case) if self._prefix else found

    def write(self, code: bytes, before: str = "") -> str:
        """The value that offers one code. `before`: what stands in front of it."""
        label = self._pair + b"=" if self._pair else b""
        front = before.encode() + self.separator if before else b""
        return (front + label + self._prefix + code).decode()

    @property
    def written_at(self) -> Place:
        """Where signing puts it."""
        return Place(self.place.kind, tuple(name.replace(NUMBER, "1") for name in self.place.names[:1]))


def _place(words: Vocabulary) -> Place:
    if words.header:
        return Place("header", names_of(words.header))
    if words.query:
        return Place("query", names_of(words.query))
    return Place("field", (words.field,)) if words.field else Place("path")
