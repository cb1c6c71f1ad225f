"""What all schemes that are spelled out have in common: what they need of a request, and whose secret they take."""

from collections.abc import Mapping, Sequence

import msgspec

from relay.errors import Forged, RelayError
from relay.signature import Outgoing, Received
from relay.signatures.made_up import with_made_up
from relay.signatures.record import Record
from relay.signatures.template import names
from relay.signatures.vocabulary import Vocabulary
from relay.signatures.words import names_of
from relay.texts import _


class Worded:
    """A subclass says how one request proves itself. With `each`, every item of the batch must."""

    open = False

    def __init__(self, name: str, record: Record, words: Vocabulary) -> None:
        self.name, self.type, self.id = name, record.type, record.id
        self.on_differs: str = record.on_differs
        self._words, self._variable = words, words.secret_from
        self.keyed = words.keys is not None
        self.needs_secret = words.secret_from is None and not self.keyed
        self.each, self.signs_url, self.binds_body = words.each, "url" in words.signed, words.signs_body
        stamped = words.timestamp is not None and words.timestamp.field is not None
        self.reads_body = words.field is not None or "field" in words.signed or stamped
        self.vars = _variables(words)
        self.hidden = frozenset(header.lower() for header in names_of(words.header) if words.is_credential)
        self.hidden_query = frozenset(names_of(words.query) if words.is_credential else ())

    def verify(self, received: Received, secrets: Sequence[str], now: float) -> str:
        """The secret that proved it. Raises Forged where none does; no items prove nothing."""
        live = secrets if self.needs_secret else self._own(received)
        if not self.each:
            return self.proved(received, live, now)
        found = [self.proved(msgspec.structs.replace(received, tree=item), live, now) for item in received.items]
        if not found:
            raise Forged
        return found[0]

    def proved(self, received: Received, secrets: Sequence[str], now: float) -> str:
        """The secret that proved this one request. Raises Forged."""
        raise NotImplementedError

    def sign(self, outgoing: Outgoing, secret: str) -> dict[str, str]:
        """The headers that verify() takes. Raises RelayError where scheme, secret or request don't allow it."""
        self.check_signs_by_headers()
        headers = self.signed(outgoing, secret, {}).headers
        return {name: value for name, value in headers.items() if outgoing.headers.get(name) != value}

    def signed(self, outgoing: Outgoing, secret: str, variables: Mapping[str, str]) -> Outgoing:
        """The request with its proof. Raises RelayError where scheme, secret or request don't allow it."""
        raise NotImplementedError

    def played(self, outgoing: Outgoing, secret: str, variables: Mapping[str, str], chance: str) -> Outgoing:
        """The request with its proof, and with what its sender makes up for it. Raises RelayError likewise."""
        own = variables.get(self._variable, "") if self._variable else secret
        return self.signed(with_made_up(self._words.templates, outgoing, chance), own, variables)

    def check_signs_by_headers(self) -> None:
        """Raises RelayError unless all that signing adds are headers, and all that it needs is the secret."""
        words = self._words
        stamp, digest = words.timestamp, words.body_digest
        elsewhere = (stamp and (stamp.query or stamp.field)) or (digest and digest.query)
        if words.header is None or elsewhere or self.vars:
            remedy = _("take one whose signature and timestamp stand in headers")
            raise RelayError(
                _("the signature scheme {name} can't sign by headers alone", name=self.name), remedy=remedy
            )

    def _own(self, received: Received) -> Sequence[str]:
        if self.keyed:
            return (received.key,) if received.key else ()
        held = received.vars.get(self._variable or "")
        return (held,) if held else ()


def _variables(words: Vocabulary) -> frozenset[str]:
    read = frozenset().union(*(names(text, "vars") for text in words.templates))
    return read | ({words.secret_from} if words.secret_from else set())
