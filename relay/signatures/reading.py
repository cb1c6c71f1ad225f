"""Reads single values out of a request, as the bytes they were on the wire, and refuses what no sender would send."""

from collections.abc import Callable

from relay.errors import Forged
from relay.signature import Received

LONGEST = 65_536  # characters of one header or query value
MOST = 64  # signatures that are looked at in one value: a sender offers two or three while a secret rolls

Read = Callable[[Received], bytes]


def on_wire(text: str, encoding: str = "latin-1") -> bytes:
    """Raises Forged on a text that is too long, or that can't have been bytes."""
    if len(text) > LONGEST:
        raise Forged
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        raise Forged from None


def arrived(text: str) -> str:
    """A header's value as its receiver decodes it: it leaves in UTF-8, and is read as latin-1."""
    return text.encode().decode("latin-1")


def header_at(name: str) -> Read:
    """Reads the header of that name; the reader raises Forged where there is none."""
    key = name.lower()

    def read(received: Received) -> bytes:
        return on_wire(_present(received.headers.get(key)))

    return read


def query_at(name: str) -> Read:
    """Reads the query parameter of that name; the reader raises Forged where there is none."""

    def read(received: Received) -> bytes:
        return on_wire(_present(received.query.get(name)), "utf-8")

    return read


def path_at_end(received: Received) -> bytes:
    """What stands behind /in/{source}/. Raises Forged where nothing does."""
    return on_wire(_present(received.secret_path), "utf-8")


def _present(value: str | None) -> str:
    if value is None:
        raise Forged
    return value


def split(value: bytes, separator: bytes | None) -> list[bytes]:
    """The first MOST pieces of a value, without space around them; the whole value where nothing parts it."""
    if separator is None:
        return [value]
    return [piece.strip() for piece in value.split(separator, MOST)[:MOST]]


def pairs(value: bytes, separator: bytes, key: bytes) -> list[bytes]:
    """The values of every `key=value` among the pieces."""
    parted = [piece.partition(b"=") for piece in split(value, separator)]
    return [found.strip() for name, equals, found in parted if equals and name.strip() == key]


def after_prefix(candidates: list[bytes], prefix: bytes, *, any_case: bool) -> list[bytes]:
    """What follows the prefix, of those candidates that have it."""
    size = len(prefix)
    if any_case:
        prefix = prefix.lower()
        return [candidate[size:] for candidate in candidates if candidate[:size].lower() == prefix]
    return [candidate[size:] for candidate in candidates if candidate.startswith(prefix)]
