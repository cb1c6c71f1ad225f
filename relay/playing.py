"""A request as its source would send it: sealed, signed, with all that its signature is over. Pure."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from relay.contents import Contents
from relay.decryption import Sealed
from relay.errors import RelayError
from relay.markup_out import write_xml
from relay.money import decode_json, encode_json
from relay.proving import Moment, items, names
from relay.shape import BadShape, Shape, UnknownShape, read
from relay.signature import Outgoing
from relay.signatures.arrival import as_received
from relay.source import Source
from relay.texts import _

TYPES = {Shape.JSON: "application/json", Shape.XML: "text/xml", Shape.FORM: "application/x-www-form-urlencoded"}
_NOTHING: Mapping[str, str] = MappingProxyType({})
_PUBLIC = re.compile(r"-----BEGIN [A-Z ]*(PUBLIC KEY|CERTIFICATE)-----|whpk_|\{")
_REPLACE = msgspec.structs.replace


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent: a body, and what the sender says beside it. `id`: of this request, where its headers have one.
    `key`: the sender's half of a pair of keys."""

    body: bytes
    headers: Mapping[str, str] = _NOTHING
    query: Mapping[str, str] = _NOTHING
    id: str | None = None
    key: str | None = None


def played(source: Source, sample: Sample, url: str, moment: Moment) -> Outgoing:
    """The request to `url`, which is where the source's events come in. Raises RelayError where it can't be signed
    by what routes.yaml has, and says what to do."""
    secret = sample.key or _secret(source)
    signed_at = source.address or url
    asked = f"?{urlencode(sample.query)}" if sample.query else ""
    outgoing = Outgoing(
        id=sample.id or f"msg_{moment.random.hex()}",
        timestamp=int(moment.now),
        method="POST",
        url=signed_at + asked,
        body=sample.body,
        headers=_headers(source, sample, url),
    )
    signed = _signed(source, _sealed(source, outgoing, moment.random), secret, moment.random.hex())
    return _REPLACE(signed, url=url + signed.url.removeprefix(signed_at))


def _secret(source: Source) -> str:
    """Raises RelayError where the source's words verify and can't sign."""
    where = f"sources.{source.name}"
    if source.scheme.keyed:
        what = _("its requests are signed by a key that its platform alone has")
        raise RelayError(what, where, _("have its sandbox send one, or try what becomes of a body by relay explain"))
    if not source.scheme.needs_secret:
        return ""
    able = [secret for secret in source.secrets if not _PUBLIC.match(secret.lstrip())]
    if not able:
        what = _("its secret is a public key, which verifies and can't sign")
        raise RelayError(what, where, _("name the private one by --key FILE, or have its sandbox send one"))
    return able[0]


def _headers(source: Source, sample: Sample, url: str) -> dict[str, str]:
    """With a Content-Type, and with the address where its scheme signs the one that a proxy tells."""
    told = {}
    if source.signs_url and source.address is None:
        parts = urlsplit(url)
        told = {"X-Forwarded-Proto": parts.scheme, "X-Forwarded-Host": parts.netloc}
    given = {name.lower() for name in sample.headers}
    kind = {} if "content-type" in given else {"Content-Type": type_of(sample.body, source)}
    return {**kind, **told, **sample.headers}


def type_of(body: bytes, source: Source) -> str:
    """The Content-Type of a body that has none: what it looks like, if the source takes that; else the first that it
    takes."""
    taken = [shape for shape in TYPES if shape in source.opening.shapes]
    looks = _looks(body.lstrip())
    return TYPES[looks if looks in taken else taken[0]]


def _looks(body: bytes) -> Shape:
    if body.startswith(b"<"):
        return Shape.XML
    return Shape.FORM if b"=" in body and not body.startswith((b"{", b"[")) else Shape.JSON


def _tree(body: bytes, content_type: str) -> Any:
    """None where it isn't what it is called."""
    try:
        return read(body, content_type)
    except (UnknownShape, BadShape):
        return None


def _sealed(source: Source, outgoing: Outgoing, random: bytes) -> Outgoing:
    """The body sealed as its platform does; one that holds what is sealed is left as it is."""
    sealing = source.opening.sealed
    if sealing is None or not sealing.fields:
        return outgoing
    content_type = next(value for name, value in outgoing.headers.items() if name.lower() == "content-type")
    tree = _tree(outgoing.body, content_type)
    if sealing.found(tree, {}) is not None:
        return outgoing
    is_xml = outgoing.body.lstrip().startswith(b"<")
    wrapped = _at(sealing, sealing.ways[0].encrypt(outgoing.body, random), is_xml)
    return _REPLACE(outgoing, body=write_xml(wrapped) if is_xml else encode_json(wrapped))


def _at(sealing: Sealed, sealed: Any, is_xml: bool) -> Any:
    """In the first of its fields that suits: those of XML begin with the root's name, `xml`."""
    path = next((path for path in sealing.fields if (path[0] == "xml") is is_xml), sealing.fields[0])
    for step in reversed(path):
        sealed = {step: sealed}
    return sealed


def _signed(source: Source, outgoing: Outgoing, secret: str, chance: str) -> Outgoing:
    if not source.scheme.each:
        return source.scheme.played(outgoing, secret, source.vars, chance)
    received = as_received(outgoing, source.vars, tree=True)
    signed = {}
    for item in items(source, names(source, received, Contents(received.tree, received.tree))):
        body = encode_json(item)
        one = source.scheme.played(_REPLACE(outgoing, body=body), secret, source.vars, chance)
        signed[body] = decode_json(one.body)
    return _REPLACE(outgoing, body=encode_json(_with(received.tree, signed)))


def _with(tree: Any, signed: Mapping[bytes, Any]) -> Any:
    """The tree with each item in its signed form."""
    if isinstance(tree, list):
        return [signed.get(encode_json(each)) or _with(each, signed) for each in tree]
    return {key: _with(value, signed) for key, value in tree.items()} if isinstance(tree, dict) else tree
