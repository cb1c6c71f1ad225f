"""An event, and what is known of it when routes are asked. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from relay.contents import AS_IT_CAME, Opening, Seen
from relay.event import Event
from relay.money import decode_json
from relay.times import rfc3339

NOTHING: Mapping[str, bytes] = MappingProxyType({})


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """`received_ms`: since 1970. `fetched`: the documents that were read for it, as JSON, by name. `opening`: how its
    body is read."""

    event: Event
    received_ms: int
    fetched: Mapping[str, bytes] = NOTHING
    opening: Opening = AS_IT_CAME

    def names(self, **more: Any) -> Seen:
        """What expressions see of it, and `more`."""
        documents = {name: decode_json(document) for name, document in self.fetched.items()}
        event = self.event.names(rfc3339(self.received_ms))
        return Seen(self.event, self.opening, {**documents, "event": event, **more})
