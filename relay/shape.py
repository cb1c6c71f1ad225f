"""What a sender's body is written as: JSON, a form or XML, told by its Content-Type, into plain data. Pure."""

from collections.abc import Collection
from enum import StrEnum
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from relay.charset import UTF_8, as_utf8, codec_for, codec_of, named_in
from relay.errors import RelayError, Unreadable
from relay.markup import BadXml, put, read_xml
from relay.money import BadJson, decode_json
from relay.texts import _

MOST_FIELDS = 10_000
_FORM_TYPE = "application/x-www-form-urlencoded"
_JSON_TYPES = frozenset({"", "application/json", "text/json", "text/plain", "application/octet-stream"})
_XML_TYPES = frozenset({"application/xml", "text/xml"})
_OWN_CHARSET = ("_charset_", "charset")  # of a form that says in one of its fields how it is written: HTML's, Alipay's


class Shape(StrEnum):
    JSON = "json"
    FORM = "form"
    XML = "xml"


ALL = frozenset(Shape)


class UnknownShape(RelayError):
    """A Content-Type that isn't taken."""


class BadShape(RelayError):
    """A body that isn't what its Content-Type calls it. Never shows the body."""

    def __init__(self, shape: Shape, what: str) -> None:
        super().__init__(what)
        self.shape = shape


@lru_cache(maxsize=256)
def shape_of(content_type: str) -> tuple[Shape, str | None]:
    """The shape, and the codec where a charset is named. Nothing, text/plain and octets are JSON: senders call it so.
    Raises UnknownShape."""
    kind, name = content_type.partition(";")[0].strip().lower(), named_in(content_type)
    shape = _shape(kind)
    if shape is None:
        raise UnknownShape(_("send JSON, a form or XML, with a Content-Type that says so"))
    try:
        return shape, codec_of(name) if name else None
    except RelayError as error:
        raise UnknownShape(error.what) from None


def _shape(kind: str) -> Shape | None:
    if kind in _JSON_TYPES or kind.endswith("+json"):
        return Shape.JSON
    if kind == _FORM_TYPE:
        return Shape.FORM
    return Shape.XML if kind in _XML_TYPES or kind.endswith("+xml") else None


def read(data: bytes, content_type: str, taken: Collection[Shape] = ALL) -> Any:
    """The body as plain data. Raises UnknownShape and BadShape, and nothing else."""
    shape, codec = shape_of(content_type)
    if shape not in taken:
        raise UnknownShape(_("send {taken}, with a Content-Type that says so", taken=_(" or ").join(sorted(taken))))
    try:
        if shape is Shape.JSON:
            return decode_json(as_utf8(data, codec or UTF_8))
        if shape is Shape.FORM:
            return fields(data, codec)
        return read_xml(as_utf8(data, codec_for(data, content_type, None, markup=True)).decode())
    except (BadJson, BadXml) as error:
        raise BadShape(shape, error.what) from None
    except (Unreadable, ValueError):
        raise BadShape(shape, _("this isn't {charset}, or has too many fields", charset=codec or UTF_8)) from None


def fields(data: bytes, codec: str | None) -> dict[str, Any]:
    """A form's fields, as text; one that stands several times is a list. Raises ValueError."""
    written = data.decode("ascii" if codec is None else codec)
    pairs = parse_qsl(written, True, False, codec or _own(written), "strict", MOST_FIELDS)
    found: dict[str, Any] = {}
    for name, value in pairs:
        put(found, name, value)
    return found


def _own(written: str) -> str:
    """The codec that a form names in a field of its own, UTF-8 without one."""
    said = dict(parse_qsl(written, False, False, UTF_8, "replace", MOST_FIELDS))
    names = [said[field] for field in _OWN_CHARSET if field in said]
    try:
        return codec_of(names[0]) if names else UTF_8
    except RelayError:
        return UTF_8
