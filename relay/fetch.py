"""The contract of a fetch: a document that a thin event tells of, read before the event is routed."""

from collections.abc import Callable
from typing import Any

import msgspec

from relay.delivery import FETCH
from relay.destination import Answer, Destination
from relay.language.expression import Expression, Value


class Fetch(msgspec.Struct, frozen=True, kw_only=True):
    """`name`: what the document is in expressions. `destination`: the one that is asked, as it takes this request and
    judges its answer. `read`: an answer as plain data; raises Unreadable. `when`: which events need it. `order_by`: its
    order key, what is asked for unless set; `blocks`: whether a dead one keeps it. `where`: its place in the file."""

    name: str
    destination: Destination
    read: Callable[[Answer], Any]
    when: Expression | None = None
    order_by: Value | None = None
    blocks: bool = True
    where: str = ""

    @property
    def route(self) -> str:
        """What its deliveries say in the place of a route."""
        return FETCH + self.name
