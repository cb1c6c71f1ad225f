"""What a scheme signs of a request, compiled once: a template, a sorted join of templates, or a form's fields."""

import zlib
from collections.abc import Callable

from relay.errors import Forged
from relay.signature import Received
from relay.signatures import form
from relay.signatures.address import FORMS
from relay.signatures.keys import hmac_key
from relay.signatures.reading import Place, Read, on_wire, reader
from relay.signatures.template import Field, parse
from relay.signatures.words import Composed, FormContent

Content = Callable[[Received, bytes, str], bytes]
"""From the request, the time's text and the secret. Raises Forged where the request lacks a part, RelayError on a
secret that can't be read."""


def compiled(content: str | Composed, id_header: str | None) -> Content:
    """`id_header` is where `{id}` comes from."""
    if isinstance(content, str):
        return _template(content, id_header or "")
    if content.form is not None:
        return _form(content.form, id_header or "")
    return _sorted([_template(text, id_header or "") for text in content.sort or ()], content.join.encode())


def _template(text: str, id_header: str) -> Content:
    parts = [_part(part, id_header) for part in parse(text)]
    if len(parts) == 1:
        return parts[0]
    return lambda received, timestamp, secret: b"".join([part(received, timestamp, secret) for part in parts])


def _sorted(texts: list[Content], join: bytes) -> Content:
    return lambda received, timestamp, secret: join.join(sorted([text(received, timestamp, secret) for text in texts]))


def _form(words: FormContent, id_header: str) -> Content:
    before, after, fields = (
        _template(words.before, id_header),
        _template(words.after, id_header),
        form.SortedForm(words),
    )

    def make(received: Received, timestamp: bytes, secret: str) -> bytes:
        return before(received, timestamp, secret) + fields(received) + after(received, timestamp, secret)

    return make


def _part(part: str | Field, id_header: str) -> Content:
    if isinstance(part, str):
        literal = part.encode()
        return lambda received, timestamp, secret: literal
    if part.kind in _READS:
        return _READS[part.kind] if not part.name else _address(part.name)
    read = reader(Place("header", (id_header,)) if part.kind == "id" else Place(part.kind, part.names))
    if part.optional:
        read = _or_empty(read)
    return lambda received, timestamp, secret: read(received)


def _address(name: str) -> Content:
    rewrite = FORMS[name]
    return lambda received, timestamp, secret: on_wire(rewrite(received.url), "utf-8")


def _or_empty(read: Read) -> Read:
    def or_empty(received: Received) -> bytes:
        try:
            return read(received)
        except Forged:
            return b""

    return or_empty


_READS: dict[str, Content] = {
    "timestamp": lambda received, timestamp, secret: timestamp,
    "body": lambda received, timestamp, secret: received.body,
    "method": lambda received, timestamp, secret: on_wire(received.method),
    "url": lambda received, timestamp, secret: on_wire(received.url, "utf-8"),
    "secret": lambda received, timestamp, secret: hmac_key(secret, "text"),
    "crc32": lambda received, timestamp, secret: str(zlib.crc32(received.body)).encode(),
    "form_json": lambda received, timestamp, secret: form.as_json(received),
}
