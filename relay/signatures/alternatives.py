"""Several schemes for one source: a request that proves itself by any of them is taken."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from relay.errors import Forged, RelayError
from relay.signature import Outgoing, Received, Scheme
from relay.signatures.record import Record

T = TypeVar("T")


class Alternatives:
    """Tried in their order. A secret must suit one of them at least."""

    open = False

    def __init__(self, name: str, record: Record, schemes: Sequence[Scheme]) -> None:
        self.name, self.type, self.id = name, record.type, record.id
        self.on_differs: str = record.on_differs
        self._schemes = tuple(schemes)
        self.needs_secret = all(scheme.needs_secret for scheme in schemes)
        self.keyed = any(scheme.keyed for scheme in schemes)
        self.reads_body = any(scheme.reads_body for scheme in schemes)
        self.each = any(scheme.each for scheme in schemes)
        self.signs_url = any(scheme.signs_url for scheme in schemes)
        self.binds_body = all(scheme.binds_body for scheme in schemes)
        self.vars = frozenset().union(*(scheme.vars for scheme in schemes))
        self.hidden = frozenset().union(*(scheme.hidden for scheme in schemes))
        self.hidden_query = frozenset().union(*(scheme.hidden_query for scheme in schemes))

    def check_secret(self, secret: str, *, signs: bool = False) -> None:
        """Raises RelayError as the first scheme does, if no other takes the secret."""
        self._first(lambda scheme: scheme.check_secret(secret, signs=signs))

    def verify(self, received: Received, secrets: Sequence[str], now: float) -> str:
        """The secret that proved it. Raises Forged where none does under any scheme."""
        for scheme in self._schemes:
            try:
                return scheme.verify(received, secrets, now)
            except Forged:
                continue
        raise Forged

    def sign(self, outgoing: Outgoing, secret: str) -> dict[str, str]:
        """As the first scheme does that can. Raises RelayError."""
        return self._first(lambda scheme: scheme.sign(outgoing, secret))

    def signed(self, outgoing: Outgoing, secret: str, variables: Mapping[str, str]) -> Outgoing:
        """As the first scheme does that can. Raises RelayError."""
        return self._first(lambda scheme: scheme.signed(outgoing, secret, variables))

    def played(self, outgoing: Outgoing, secret: str, variables: Mapping[str, str], chance: str) -> Outgoing:
        """As the first scheme does that can. Raises RelayError."""
        return self._first(lambda scheme: scheme.played(outgoing, secret, variables, chance))

    def _first(self, ask: Callable[[Scheme], T]) -> T:
        faults = []
        for scheme in self._schemes:
            try:
                return ask(scheme)
            except RelayError as error:
                faults.append(error)
        raise faults[0]
