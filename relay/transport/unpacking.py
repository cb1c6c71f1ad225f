"""Takes packed answers apart within a bound: 500 kB of gzip may hold a gigabyte."""

import zlib

from relay.errors import Unreadable
from relay.texts import _

_WBITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


def unpack(body: bytes, encoding: str, limit: int) -> tuple[bytes, bool]:
    """The body without its Content-Encoding, at most `limit` bytes of it, and whether there was more.

    Never makes more than `limit` + 1 bytes. Raises Unreadable."""
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"} or not body:
        return body[:limit], len(body) > limit
    if encoding not in _WBITS:
        raise Unreadable(_("packed in an unknown way"))
    try:
        return _inflate(body, _WBITS[encoding], limit)
    except zlib.error:
        raise Unreadable(_("not packed as it says")) from None


def _inflate(body: bytes, wbits: int, limit: int) -> tuple[bytes, bool]:
    stream = zlib.decompressobj(wbits)
    out = stream.decompress(body, limit + 1)
    if len(out) > limit:
        return out[:limit], True
    if stream.unused_data or not stream.eof:
        raise Unreadable(_("longer or shorter than it says"))
    return out, False
