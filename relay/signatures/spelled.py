"""A scheme from its words, compiled once: verifying and signing parse no template and no duration."""

from collections.abc import Mapping, Sequence

from relay.errors import Forged, RelayError
from relay.signature import Outgoing, Received
from relay.signatures.algorithm import Algorithm
from relay.signatures.arrival import as_received
from relay.signatures.content import compiled
from relay.signatures.digest import Digest
from relay.signatures.offer import Offer
from relay.signatures.placing import put
from relay.signatures.reading import Place
from relay.signatures.record import Record
from relay.signatures.stamp import Stamp
from relay.signatures.template import fill_in, parse
from relay.signatures.vocabulary import Vocabulary
from relay.signatures.worded import Worded
from relay.texts import _


class SpelledScheme(Worded):
    """Verifies the bytes as they came against every secret that is live; signs as the exact inverse."""

    def __init__(self, name: str, record: Record, words: Vocabulary, algorithm: Algorithm) -> None:
        super().__init__(name, record, words)
        self._algorithm = algorithm
        self._offer = Offer(words)
        self._stamp = Stamp(words.timestamp, self._offer.separator) if words.timestamp else None
        self._digest = Digest(words.body_digest) if words.body_digest else None
        self._sends = {header: parse(text) for header, text in words.sends.items()}
        self._content = compiled(words.content, words.id_header)
        self._salted = "secret" in words.signed  # the content is another one under each secret

    def check_secret(self, secret: str, *, signs: bool = False) -> None:
        """Raises RelayError, without the secret in it, on one that can't verify (or sign, where `signs`)."""
        if signs:
            self.check_signs_by_headers()
        if self.needs_secret or signs:
            self._algorithm.check(secret, signs=signs)

    def proved(self, received: Received, secrets: Sequence[str], now: float) -> str:
        """The secret that one of the candidates fits, at this time. Raises Forged where there is none."""
        value = self._offer.read(received)
        timestamp = self._stamp.read(received, value, now) if self._stamp else b""
        if self._digest and (said := self._digest.read(received)) is not None:
            self._digest.hold(received, said)
        candidates = self._offer.candidates(value)
        content = None if self._salted else self._content(received, timestamp, "")
        for secret in secrets:
            try:
                of_secret = self._content(received, timestamp, secret) if content is None else content
                if self._algorithm.fits(secret, of_secret, candidates):
                    return secret
            except RelayError:  # a secret that check_secret refuses opens nothing
                continue
        raise Forged

    def signed(self, outgoing: Outgoing, secret: str, variables: Mapping[str, str]) -> Outgoing:
        """The request with its proof where verify() reads it. Raises RelayError where that isn't possible."""
        dressed = self._dressed(outgoing)
        timestamp = self._stamp.text(outgoing.timestamp) if self._stamp else ""
        content = self._signed(dressed, timestamp, secret, variables)
        code = self._algorithm.code(secret, content)
        before = self._stamp.beside(outgoing.timestamp) if self._stamp else ""
        return put(dressed, self._offer.written_at, self._offer.write(code, before))

    def _dressed(self, outgoing: Outgoing) -> Outgoing:
        """The request with all that stands in it before it is signed."""
        timestamp = self._stamp.text(outgoing.timestamp) if self._stamp else ""
        values = {"id": outgoing.id, "timestamp": timestamp, "method": outgoing.method, "url": outgoing.url}
        for header, parts in self._sends.items():
            outgoing = put(outgoing, Place("header", (header,)), fill_in(parts, values))
        if self._words.id_header:
            outgoing = put(outgoing, Place("header", (self._words.id_header,)), outgoing.id)
        if self._stamp and self._stamp.place:
            outgoing = put(outgoing, self._stamp.place, timestamp)
        if self._digest and self._digest.place and not self._digest.optional:
            outgoing = put(outgoing, self._digest.place, self._digest.text(outgoing.body))
        return outgoing

    def _signed(self, outgoing: Outgoing, timestamp: str, secret: str, variables: Mapping[str, str]) -> bytes:
        try:
            received = as_received(outgoing, variables, tree=self.reads_body)
            return self._content(received, timestamp.encode(), secret)
        except (Forged, UnicodeEncodeError):
            remedy = _("set every header, parameter and field that its content names")
            raise RelayError(_("the request lacks what {name} signs", name=self.name), remedy=remedy) from None
