"""The request that a test's event comes by: its body as its source sends it, without a proof. Pure."""

from typing import Any
from urllib.parse import urlencode

from relay.errors import RelayError
from relay.markup_out import write_xml
from relay.money import encode_json
from relay.plain import text
from relay.shape import Shape, shape_of
from relay.signature import Received
from relay.source import Source
from relay.texts import _
from relay.trial import Trial

_TYPES = {
    Shape.JSON: "application/json",
    Shape.FORM: "application/x-www-form-urlencoded",
    Shape.XML: "text/xml; charset=utf-8",
}


def received_of(trial: Trial, source: Source) -> Received:
    """Raises RelayError where the body can't be written as the source takes it."""
    headers = {name.lower(): value for name, value in trial.headers.items()}
    shape = _shape(trial.body, headers.get("content-type"), source)
    return Received(
        method="POST",
        url=source.address or f"/in/{source.name}",
        headers={"content-type": _TYPES[shape], **headers},
        query=trial.query,
        body=_written(trial.body, shape),
        vars=source.vars,
    )


def _shape(body: Any, content_type: str | None, source: Source) -> Shape:
    """What its Content-Type says, else what it looks like, among what the source takes."""
    if content_type is not None:
        return shape_of(content_type)[0]
    looks = Shape.XML if isinstance(body, str) and body.lstrip().startswith("<") else Shape.JSON
    taken = [shape for shape in (looks, *Shape) if shape in source.opening.shapes]
    return taken[0] if taken else looks


def _written(body: Any, shape: Shape) -> bytes:
    if isinstance(body, str):
        return body.encode()
    if shape is Shape.JSON:
        return encode_json(body)
    if not isinstance(body, dict):
        raise RelayError(_("a body of {shape} is a mapping or a text", shape=shape.upper()))
    if shape is Shape.XML:
        return write_xml(body)
    return urlencode([(name, text(value)) for name, value in body.items()]).encode()
