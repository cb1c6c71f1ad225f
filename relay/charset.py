"""In which charset a body is written: what the destination's `charset:` says, else what the body's sender says."""

import re

from relay.errors import RelayError, Unreadable
from relay.texts import _

_BOM = b"\xef\xbb\xbf"
_BOMS_16 = (b"\xff\xfe", b"\xfe\xff")
_DECLARED = re.compile(rb"\s*<\?xml\s[^>]{0,100}?encoding\s*=\s*[\"']([\w.-]{1,40})[\"']")
_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w.-]{1,40})", re.IGNORECASE)
UTF_8 = "utf-8"

# By the names that bodies use, and by the widest codec for each: what calls itself GB2312 is seldom that alone.
_CODECS = {
    **dict.fromkeys(("utf-8", "utf8", "us-ascii", "ascii"), UTF_8),
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "cp936", "ms936", "windows-936", "x-gbk", "euc-cn"), "gb18030"),
    **dict.fromkeys(("iso-8859-1", "latin1", "latin-1"), "latin-1"),
    **dict.fromkeys(("shift_jis", "shift-jis", "windows-31j", "cp932"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "cp949"), "cp949"),
    **dict.fromkeys(("big5-hkscs", "big5hkscs"), "big5hkscs"),
    **{name: name for name in ("big5", "cp950", "euc-jp", "utf-16", "utf-16le", "utf-16be")},
    **{f"iso-8859-{part}": f"iso-8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)},
    **{f"windows-125{last}": f"cp125{last}" for last in range(9)},
}


def codec_of(name: str) -> str:
    """Python's codec for a charset's name. Raises RelayError for one that isn't read."""
    codec = _CODECS.get(name.lower())
    if codec is None:
        raise RelayError(
            _("{name} is no charset that is read", name=repr(name[:40])),
            remedy=_("write one such as GBK, Big5 or UTF-8"),
        )
    return codec


def named_in(content_type: str) -> str | None:
    """The charset's name that a Content-Type gives, whether it is one that is read or not."""
    return _first(_HEADER.search(content_type))


def codec_for(body: bytes, content_type: str, said: str | None, *, markup: bool) -> str:
    """The codec of a body. A mark at its beginning wins; then `said`, the destination's `charset:`; then Content-Type,
    then the declaration of XML (`markup`), as in RFC 7303. A name that nobody knows counts as none."""
    if body.startswith(_BOM):
        return UTF_8
    if body.startswith(_BOMS_16):
        return "utf-16"
    names = (said, named_in(content_type), _declared(body) if markup else None)
    return next((_CODECS[name.lower()] for name in names if name and name.lower() in _CODECS), UTF_8)


def as_utf8(body: bytes, codec: str) -> bytes:
    """The body as UTF-8, without the mark at its beginning. Raises Unreadable."""
    if codec == UTF_8:
        return body.removeprefix(_BOM)
    try:
        return body.decode(codec).encode()
    except UnicodeError:
        raise Unreadable(_("the answer isn't {codec} as it says", codec=codec)) from None


def readable(body: bytes, content_type: str) -> bytes:
    """As UTF-8 for people's eyes, from what it says to be written in; as it is where it says nothing that is known."""
    names = (named_in(content_type), _declared(body))
    codec = next((_CODECS[name.lower()] for name in names if name and name.lower() in _CODECS), UTF_8)
    return body if codec == UTF_8 else body.decode(codec, "replace").encode()


def _declared(body: bytes) -> str | None:
    found = _DECLARED.match(body)
    return found[1].decode("ascii", "replace") if found else None


def _first(found: re.Match[str] | None) -> str | None:
    return found[1] if found else None
