"""Requests as they come in, and the same with another value at one place."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from relay.shape import BadShape, UnknownShape, read
from relay.signature import Outgoing, Received

NOW = 1_700_000_000
BODY = '{"type": "expense.paid", "id": "e1", "number": "B26000123", "amount": 12.30, "备注": "差旅"}'.encode()
FORM = b"number=B26000123&amount=12.30&memo=%E5%B7%AE%E6%97%85+a"
TYPES = {"json": "application/json", "form": "application/x-www-form-urlencoded", "xml": "text/xml"}

Place = tuple[str, str]
"""("headers" | "query" | "field" | "vars", its name), or ("secret_path", "")."""


def outgoing_request(*, at: int = NOW, id: str = "dlv_1", body: bytes = BODY, **more: Any) -> Outgoing:  # noqa: A002
    url = "https://relay.example.com/in/expenses?tenant=1010"
    return Outgoing(id=id, timestamp=at, method="POST", url=url, body=body, **more)


def as_received(outgoing: Outgoing, signed: Mapping[str, str], variables: Mapping[str, str] | None = None) -> Received:
    """As it comes in: with the body as data, and the last part of the path as the secret one."""
    headers = {name.lower(): value.encode().decode("latin-1") for name, value in {**outgoing.headers, **signed}.items()}
    parts = urlsplit(outgoing.url)
    behind = parts.path.removeprefix("/in/expenses").removeprefix("/")
    return Received(
        method=outgoing.method,
        url=outgoing.url,
        headers=headers,
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        body=outgoing.body,
        secret_path=unquote(behind) or None,
        tree=tree_of(outgoing.body, headers.get("content-type", "")),
        vars=variables or {},
    )


def tree_of(body: bytes, content_type: str) -> Any:
    """None where it isn't what it is called."""
    try:
        return read(body, content_type)
    except (UnknownShape, BadShape):
        return None


def as_batch(received: Received, *others: Any) -> Received:
    """A POST of which the request's body is one item."""
    return msgspec.structs.replace(received, items=[received.tree, *others], tree=None)


def with_body(received: Received, body: bytes) -> Received:
    return msgspec.structs.replace(received, body=body, tree=tree_of(body, received.headers.get("content-type", "")))


def replaced(received: Received, place: Place, value: Any) -> Received:
    """The request with another value at a place, or none."""
    kind, name = place
    if kind == "secret_path":
        return msgspec.structs.replace(received, secret_path=value)
    if kind == "field" and received.items:
        items = [_with_leaf(received.items[0], name.split("."), value), *received.items[1:]]
        return msgspec.structs.replace(received, items=items)
    if kind == "field":
        return msgspec.structs.replace(received, tree=_with_leaf(received.tree, name.split("."), value))
    values = {key: held for key, held in getattr(received, kind).items() if key != name}
    return msgspec.structs.replace(received, **{kind: values if value is None else {**values, name: value}})


def value_at(received: Received, place: Place) -> str:
    kind, name = place
    if kind == "secret_path":
        return str(received.secret_path)
    if kind == "field":
        return str(_leaf(received.items[0] if received.items else received.tree, name.split(".")))
    return str(getattr(received, kind)[name])


def _leaf(tree: Any, way: Sequence[str]) -> Any:
    for step in way:
        tree = tree[int(step) if isinstance(tree, list) else step]
    return tree


def _with_leaf(tree: Any, way: Sequence[str], value: Any) -> Any:
    if not way:
        return value
    if isinstance(tree, list):
        at = int(way[0])
        return [*tree[:at], _with_leaf(tree[at], way[1:], value), *tree[at + 1 :]]
    tree = dict(tree or {})
    if value is None and len(way) == 1:
        tree.pop(way[0], None)
        return tree
    return {**tree, way[0]: _with_leaf(tree.get(way[0]), way[1:], value)}
