"""The scheme `none`: everything is taken, so that the source must say who may send."""

from collections.abc import Mapping, Sequence

from relay.signature import Outgoing, Received
from relay.signatures.record import Record


class Unsigned:
    """Proves nothing, and needs no secret."""

    open = True
    needs_secret = keyed = reads_body = each = signs_url = binds_body = False
    vars: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    hidden_query: frozenset[str] = frozenset()

    def __init__(self, name: str, record: Record) -> None:
        self.name, self.type, self.id = name, record.type, record.id
        self.on_differs: str = record.on_differs

    def check_secret(self, secret: str, *, signs: bool = False) -> None:
        """Any secret will do, since none is used."""

    def verify(self, received: Received, secrets: Sequence[str], now: float) -> str:
        """Takes everything."""
        return ""

    def sign(self, outgoing: Outgoing, secret: str) -> dict[str, str]:
        """No headers."""
        return {}

    def signed(self, outgoing: Outgoing, secret: str, variables: Mapping[str, str]) -> Outgoing:
        """The request as it is."""
        return outgoing

    def played(self, outgoing: Outgoing, secret: str, variables: Mapping[str, str], chance: str) -> Outgoing:
        """The request as it is."""
        return outgoing
