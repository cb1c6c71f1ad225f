"""Puts single values into a request that is signed: a header, a query parameter, a field of the body, the path."""

from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import msgspec

from relay.errors import RelayError
from relay.money import BadJson, decode_json, encode_json
from relay.signature import Outgoing
from relay.signatures.form import FORM
from relay.signatures.reading import Place
from relay.texts import _

_REPLACE = msgspec.structs.replace


def put(outgoing: Outgoing, place: Place, value: str) -> Outgoing:
    """The request with the value there. Raises RelayError on a body that has no fields to set."""
    if place.kind == "header":
        return _REPLACE(outgoing, headers={**outgoing.headers, place.names[0]: value})
    if place.kind == "query":
        return _REPLACE(outgoing, url=_with_query(outgoing.url, place.names[0], value))
    if place.kind == "field":
        return _REPLACE(outgoing, body=_with_field(outgoing, place.names[0], value))
    path, question, query = outgoing.url.partition("?")
    return _REPLACE(outgoing, url=f"{path}/{quote(value, safe='')}{question}{query}")


def _with_query(url: str, name: str, value: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode({name: value})}"


def _with_field(outgoing: Outgoing, path: str, value: str) -> bytes:
    kind = next((text for name, text in outgoing.headers.items() if name.lower() == "content-type"), "")
    if kind.startswith(FORM):
        fields = dict(parse_qsl(outgoing.body.decode(), keep_blank_values=True))
        return urlencode({**fields, path: value}).encode()
    try:
        return encode_json(_with_leaf(decode_json(outgoing.body), path.split("."), value))
    except BadJson:
        remedy = _("send JSON or a form, or take a scheme that signs by headers")
        raise RelayError(_("the body has no fields that a signature could stand in"), remedy=remedy) from None


def _with_leaf(tree: Any, way: list[str], value: str) -> Any:
    if not way:
        return value
    tree = tree if isinstance(tree, dict) else {}
    return {**tree, way[0]: _with_leaf(tree.get(way[0]), way[1:], value)}
