"""The value that holds the signatures: where it stands, which candidates are in it, and how it is written."""

from relay.signatures.reading import Read, after_prefix, header_at, pairs, path_at_end, query_at, split
from relay.signatures.vocabulary import Vocabulary


class Offer:
    """A vocabulary's place, prefix, separator and pair, compiled."""

    def __init__(self, words: Vocabulary) -> None:
        self.read = _reader(words)
        self.separator = (words.separator or ",").encode()
        self._listed = words.separator is not None
        self._pair, self._prefix = (words.pair or "").encode(), words.prefix.encode()
        # RFC 9110: capitals or not, `bearer` and `basic` are the same schemes
        self._any_case = words.algorithm in ("token", "basic")

    def candidates(self, value: bytes) -> list[bytes]:
        """The codes that are offered, without their labels."""
        if self._pair:
            found = pairs(value, self.separator, self._pair)
        else:
            found = split(value, self.separator if self._listed else None)
        return after_prefix(found, self._prefix, any_case=self._any_case) if self._prefix else found

    def write(self, code: bytes, before: str = "") -> str:
        """The value that offers one code. `before`: a pair to stand in front of it."""
        label = self._pair + b"=" if self._pair else b""
        front = before.encode() + self.separator if before else b""
        return (front + label + self._prefix + code).decode()


def _reader(words: Vocabulary) -> Read:
    if words.header:
        return header_at(words.header)
    return query_at(words.query) if words.query else path_at_end
