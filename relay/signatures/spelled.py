"""A scheme from its record, compiled once: verifying and signing parse no template and no duration."""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

import msgspec

from relay.errors import Forged, RelayError
from relay.signature import Outgoing, Received
from relay.signatures.algorithm import Algorithm
from relay.signatures.offer import Offer
from relay.signatures.reading import arrived
from relay.signatures.record import Record
from relay.signatures.stamp import Stamp
from relay.signatures.template import Content, fields, fill_in, parse


class SpelledScheme:
    """Verifies the bytes as they came against every secret that is live; signs as the exact inverse."""

    open = keyed = reads_body = each = False
    needs_secret = True

    def __init__(self, name: str, record: Record, algorithm: Algorithm) -> None:
        self.name, self.type, self.id = name, record.type, record.id
        self.on_differs: str = record.on_differs
        self._words = words = record.verify
        self._algorithm = algorithm
        self._offer = Offer(words)
        self._stamp = Stamp(words.timestamp, self._offer.separator) if words.timestamp else None
        self._sends = {name: parse(text) for name, text in words.sends.items()}
        self._content = Content(words.content, words.id_header)
        signed = fields(words.content)
        credential = words.algorithm in ("token", "basic")
        self.signs_url, self.binds_body = "url" in signed, "body" in signed and not credential
        self.vars: frozenset[str] = frozenset()
        self.hidden = frozenset({words.header.lower()} if words.header and credential else ())

    def check_secret(self, secret: str, *, signs: bool = False) -> None:
        """Raises RelayError, without the secret in it, on one that can't verify (or sign, where `signs`)."""
        if signs:
            self._signature_header()
        self._algorithm.check(secret, signs=signs)

    def verify(self, received: Received, secrets: Sequence[str], now: float) -> str:
        """The secret that one of the candidates fits, at this time. Raises Forged where there is none."""
        value = self._offer.read(received)
        timestamp = self._stamp.read(received, value, now) if self._stamp else b""
        content = self._content(received, timestamp)
        candidates = self._offer.candidates(value)
        for secret in secrets:
            if self._fits(secret, content, candidates):
                return secret
        raise Forged

    def _fits(self, secret: str, content: bytes, candidates: list[bytes]) -> bool:
        try:
            return self._algorithm.fits(secret, content, candidates)
        except RelayError:  # a secret that check_secret refuses opens nothing
            return False

    def sign(self, outgoing: Outgoing, secret: str) -> dict[str, str]:
        """The headers that verify() takes. Raises RelayError where scheme, secret or request don't allow it."""
        header = self._signature_header()
        timestamp = self._stamp.text(outgoing.timestamp) if self._stamp else ""
        headers = self._announced(outgoing, timestamp)
        content = self._signed(outgoing, headers, timestamp)
        code = self._algorithm.code(secret, content)
        return {**headers, header: self._offer.write(code, self._paired(timestamp))}

    def signed(self, outgoing: Outgoing, secret: str, variables: Mapping[str, str]) -> Outgoing:
        """The request with the headers that sign() makes."""
        return msgspec.structs.replace(outgoing, headers={**outgoing.headers, **self.sign(outgoing, secret)})

    def _signature_header(self) -> str:
        unwritable = self._words.timestamp and self._words.timestamp.query
        if self._words.header is None or unwritable:
            remedy = "take one whose signature and timestamp stand in headers"
            raise RelayError(f"the signature scheme {self.name} can't sign by headers alone", remedy=remedy)
        return self._words.header

    def _announced(self, outgoing: Outgoing, timestamp: str) -> dict[str, str]:
        values = {"id": outgoing.id, "timestamp": timestamp, "method": outgoing.method, "url": outgoing.url}
        headers = {name: fill_in(parts, values) for name, parts in self._sends.items()}
        if self._words.id_header:
            headers[self._words.id_header] = outgoing.id
        if self._stamp and self._stamp.header:
            headers[self._stamp.header] = timestamp
        return headers

    def _signed(self, outgoing: Outgoing, headers: dict[str, str], timestamp: str) -> bytes:
        try:
            return self._content(_as_received(outgoing, headers), timestamp.encode())
        except (Forged, UnicodeEncodeError):
            remedy = "set every header and query parameter that its content names"
            raise RelayError(f"the request lacks what {self.name} signs", remedy=remedy) from None

    def _paired(self, timestamp: str) -> str:
        return f"{self._stamp.pair}={timestamp}" if self._stamp and self._stamp.pair else ""


def _as_received(outgoing: Outgoing, headers: dict[str, str]) -> Received:
    """The request as its receiver will see it, so that both sides sign one content by one code."""
    return Received(
        method=outgoing.method,
        url=outgoing.url,
        headers={name.lower(): arrived(value) for name, value in {**outgoing.headers, **headers}.items()},
        query=dict(parse_qsl(urlsplit(outgoing.url).query, keep_blank_values=True)),
        body=outgoing.body,
    )
