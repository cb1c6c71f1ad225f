"""An answer's body as the kind that its destination speaks; anything else is unreadable, and so in doubt."""

from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl

from relay.charset import as_utf8, codec_for
from relay.destination import Answer
from relay.errors import RelayError, Unreadable
from relay.markup import BadXml, ForbiddenXml, put, read_xml
from relay.money import decode_json
from relay.texts import N_, _

_MOST_FIELDS = 10_000
_XML, _BROKEN = N_("is XML"), N_("is XML that is broken, cut short or too large")


class Kind(StrEnum):
    JSON = "json"
    XML = "xml"
    SOAP = "soap"
    FORM = "form"
    TEXT = "text"


_MARKUP = frozenset({Kind.XML, Kind.SOAP})


def read(answer: Answer, kind: Kind, charset: str | None = None) -> Any:
    """The body as plain data or text. What it is counts, not what Content-Type calls it: ERPs send JSON as
    text/html. Its charset is believed, UTF-8 without one; `charset` is what the destination is known to write
    whatever it says. Raises Unreadable, which never shows the body."""
    if answer.cut:
        raise Unreadable(_("the answer was too large and is cut"))
    codec = codec_for(answer.body, answer.headers.get("content-type", ""), charset, markup=kind in _MARKUP)
    data = as_utf8(answer.body, codec)
    try:
        return decode_json(data) if kind is Kind.JSON else _of_text(data.decode(), kind, codec)
    except ForbiddenXml:
        raise Unreadable(_("the answer is XML with a document type or entities, which isn't read")) from None
    except BadXml:
        looks = _BROKEN if _looks(answer) == _XML else _looks(answer)
        raise Unreadable(_("the answer {looks}, not {kind}", looks=_(looks), kind=kind)) from None
    except (RelayError, ValueError):
        raise Unreadable(_("the answer {looks}, not {kind}", looks=_(_looks(answer)), kind=kind)) from None


def _of_text(text: str, kind: Kind, codec: str) -> Any:
    match kind:
        case Kind.XML:
            return read_xml(text)
        case Kind.SOAP:
            return _in_body(read_xml(text))
        case Kind.FORM:
            return _fields(text, codec)
    return text


def _in_body(tree: dict[str, Any]) -> dict[str, Any]:
    """What stands in the Body of a SOAP envelope; of an empty one nothing. Raises ValueError where it is none."""
    envelope = tree.get("Envelope")
    if not isinstance(envelope, dict) or "Body" not in envelope:
        raise ValueError("no envelope")
    body = envelope["Body"]
    return body if isinstance(body, dict) else {}


def _fields(text: str, codec: str) -> dict[str, Any]:
    """A form's fields; one that stands several times is a list. Raises ValueError."""
    pairs = parse_qsl(text.strip(), True, True, codec, "strict", _MOST_FIELDS)
    if not pairs:
        raise ValueError("no fields")
    found: dict[str, Any] = {}
    for name, value in pairs:
        put(found, name, value)
    return found


def _looks(answer: Answer) -> str:
    start = answer.body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        return N_("is empty")
    if start.startswith((b"<!doctype html", b"<html")):
        return N_("is an HTML page")
    return _XML if start.startswith(b"<") else N_("is something else")
