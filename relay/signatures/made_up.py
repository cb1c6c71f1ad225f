"""What a sender makes up for each request: the times, nonces and tokens that it signs beside the body."""

import re
from collections.abc import Iterable

from relay.errors import Forged
from relay.signature import Outgoing
from relay.signatures.arrival import as_received
from relay.signatures.placing import put
from relay.signatures.reading import Place, reader
from relay.signatures.template import Field, parse

_MADE = ("header", "query", "field")
_TIME = re.compile(r"time|date", re.IGNORECASE)
_CHANCE = re.compile(r"nonce|rand|token|salt|id$", re.IGNORECASE)


def with_made_up(templates: Iterable[str], outgoing: Outgoing, chance: str) -> Outgoing:
    """With a value at each place that the templates name and the request lacks. A field of the body is only made up
    where its name says that it is a time or a nonce: any other is the sample's to have. Raises RelayError on a body
    that can't have fields."""
    for place in _places(templates):
        value = _value(place, outgoing, chance)
        if value and not _is_there(place, outgoing):
            outgoing = put(outgoing, place, value)
    return outgoing


def _places(templates: Iterable[str]) -> list[Place]:
    parts = [part for text in templates for part in parse(text) if isinstance(part, Field) and not part.optional]
    return [Place(part.kind, part.names) for part in parts if part.kind in _MADE]


def _value(place: Place, outgoing: Outgoing, chance: str) -> str:
    """Empty where nothing can be made up."""
    if _TIME.search(place.names[0]):
        return str(outgoing.timestamp)
    return chance if place.kind != "field" or _CHANCE.search(place.names[0]) else ""


def _is_there(place: Place, outgoing: Outgoing) -> bool:
    try:
        reader(place)(as_received(outgoing, {}, tree=place.kind == "field"))
    except Forged:
        return False
    return True
