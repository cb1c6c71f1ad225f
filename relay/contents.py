"""What a request's bytes hold: `whole`, as they came, and `body`, after what is sealed in it was opened. Pure.

The one place that knows it, for the way in, for the worker and for a person's replay alike.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from relay.decryption import Sealed
from relay.errors import ExpressionError, Forged, RelayError
from relay.event import Event
from relay.markup import BadXml, read_xml
from relay.money import BadJson, decode_json
from relay.shape import ALL, Shape, read
from relay.texts import _

Found = TypeVar("Found")
_NO_QUERY: Mapping[str, str] = MappingProxyType({})


class Contents(msgspec.Struct, frozen=True):
    """`body` and `whole` as plain data. `plain`: what was sealed, opened, as bytes; None where nothing was."""

    body: Any
    whole: Any
    plain: bytes | None = None


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """How a source's bodies are read: the shapes that it takes, and what is sealed in them."""

    shapes: Collection[Shape] = ALL
    sealed: Sealed | None = None

    def opened(self, data: bytes, content_type: str) -> Contents:
        """Raises UnknownShape, BadShape; Forged where something is sealed and can't be opened and read."""
        whole = read(data, content_type, self.shapes)
        return Contents(whole, whole) if self.sealed is None else unsealed(self.sealed, whole)

    def of(self, event: Event) -> Contents:
        """The same of an event; of an item without the whole. Raises RelayError where its source reads other bodies
        today, or where its body is removed."""
        if event.bare_ms:
            raise RelayError(_("it was removed after its time (retention)"))
        if event.post:
            return Contents(decode_json(event.body), None)
        return self.opened(event.body, event.headers.get("content-type", ""))

    def whole_of(self, event: Event) -> Any:
        """The POST that an item came in, as `split` saw it. Raises RelayError where it isn't kept any more."""
        if event.whole is None:
            raise RelayError(_("the POST that it came in isn't kept any more"))
        return read(event.whole, event.headers.get("content-type", ""), self.shapes)


def unsealed(sealed: Sealed, whole: Any, query: Mapping[str, str] = _NO_QUERY) -> Contents:
    """A body that has nothing sealed is as it came. Raises Forged, the same whatever is wrong."""
    found = sealed.found(whole, query)
    if found is None:
        return Contents(whole, whole)
    plain = sealed.opened(found)
    try:
        text = plain.decode()
    except UnicodeDecodeError:
        raise Forged from None
    return Contents(text if sealed.text else _data(text), whole, plain)


def _data(text: str) -> Any:
    """JSON, or XML, which begins with an angle bracket; else the text itself: what a key has opened is never lost."""
    try:
        return read_xml(text) if text.lstrip().startswith("<") else decode_json(text.encode())
    except (BadJson, BadXml):
        return text


AS_IT_CAME = Opening()


class Seen(Mapping[str, Any]):
    """What an expression sees of an event: `body` and `whole`, read when they are first asked for, beside other names.
    What can't be read (its source reads other bodies today, or has lost the key) is an ExpressionError then."""

    def __init__(self, event: Event, opening: Opening, others: Mapping[str, Any]) -> None:
        self._event, self._opening, self._others = event, opening, others

    @cached_property
    def contents(self) -> Contents:
        """Raises ExpressionError."""
        return _readable(self._opening.of, self._event)

    @cached_property
    def whole(self) -> Any:
        """Raises ExpressionError."""
        return _readable(self._opening.whole_of, self._event) if self._event.post else self.contents.whole

    def __getitem__(self, name: str) -> Any:
        if name == "body":
            return self.contents.body
        return self.whole if name == "whole" else self._others[name]

    def __iter__(self) -> Iterator[str]:
        return iter(("body", "whole", *self._others))

    def __len__(self) -> int:
        return len(self._others) + 2


def _readable(step: Callable[[Event], Found], event: Event) -> Found:
    """Raises ExpressionError."""
    try:
        return step(event)
    except RelayError as error:
        raise ExpressionError(_("the event's body can't be read today: {what}", what=error.what)) from None
