"""A request as its receiver will see it, so that signing and verifying make one content by one code."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from relay.errors import RelayError
from relay.shape import BadShape, UnknownShape, read
from relay.signature import Outgoing, Received
from relay.signatures.reading import arrived
from relay.texts import _


def as_received(outgoing: Outgoing, variables: Mapping[str, str], *, tree: bool = False) -> Received:
    """`tree`: its body is opened too. Raises RelayError on one that can't be."""
    headers = {name.lower(): arrived(value) for name, value in outgoing.headers.items()}
    return Received(
        method=outgoing.method,
        url=outgoing.url,
        headers=headers,
        query=dict(parse_qsl(urlsplit(outgoing.url).query, keep_blank_values=True)),
        body=outgoing.body,
        tree=_tree(outgoing.body, headers.get("content-type", "")) if tree else None,
        vars=variables,
    )


def _tree(body: bytes, content_type: str) -> Any:
    try:
        return read(body, content_type)
    except (UnknownShape, BadShape) as error:
        raise RelayError(_("the body has no fields to sign"), remedy=_("send JSON, a form or XML")) from error
