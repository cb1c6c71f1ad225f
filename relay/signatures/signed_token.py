"""A JWT that speaks for the request: its claims say when it was made, and the digest of the body.

The algorithm is ES256 (RFC 7518), whatever the token says; keys that the token brings along are not looked at.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from relay.errors import Forged, RelayError
from relay.money import BadJson, decode_json
from relay.plain import text
from relay.signature import Outgoing, Received
from relay.signatures.digest import Digest
from relay.signatures.offer import Offer
from relay.signatures.placing import put
from relay.signatures.record import Record
from relay.signatures.stamp import Stamp
from relay.signatures.vocabulary import Vocabulary
from relay.signatures.worded import Worded
from relay.texts import _

_ALGORITHM = "ES256"
_KEPT = 256  # keys; a relay has some dozens


class SignedToken(Worded):
    """The secret is the sender's public key, in PEM or as a JWK."""

    def __init__(self, name: str, record: Record, words: Vocabulary) -> None:
        super().__init__(name, record, words)
        self._offer = Offer(words)
        self._stamp = Stamp(words.timestamp, b"") if words.timestamp else None
        self._digest = Digest(words.body_digest) if words.body_digest else None

    def check_secret(self, secret: str, *, signs: bool = False) -> None:
        """Raises RelayError on what is no key of the curve P-256, or no private one where it `signs`."""
        if signs:
            self.check_signs_by_headers()
            _private(secret)
        elif self.needs_secret:
            _key(secret)

    def proved(self, received: Received, secrets: Sequence[str], now: float) -> str:
        """The key that the token was signed with. Raises Forged on one of another time or body too."""
        candidates = self._offer.candidates(self._offer.read(received))
        for secret in secrets:
            for token in candidates:
                claims = _claims(token, secret)
                if claims is not None and self._speaks_for(received, claims, now):
                    return secret
        raise Forged

    def _speaks_for(self, received: Received, claims: dict[str, Any], now: float) -> bool:
        try:
            if self._stamp:
                self._stamp.hold(_claim(claims, self._stamp.claim), now)
            if self._digest:
                self._digest.hold(received, _claim(claims, self._digest.claim))
        except RelayError:  # also a claim that is no text and no number
            return False
        return True

    def signed(self, outgoing: Outgoing, secret: str, variables: Mapping[str, str]) -> Outgoing:
        """The request with a token that speaks for it. Raises RelayError on a secret that is no private key."""
        claims: dict[str, Any] = {}
        if self._stamp and self._stamp.claim:
            claims[self._stamp.claim] = outgoing.timestamp
        if self._digest and self._digest.claim:
            claims[self._digest.claim] = self._digest.text(outgoing.body)
        token = _signed(json.dumps(claims), secret)
        return put(outgoing, self._offer.written_at, self._offer.write(token.encode()))


def _claim(claims: dict[str, Any], name: str | None) -> bytes:
    return text(claims.get(name or "")).encode()


def _claims(token: bytes, secret: str) -> dict[str, Any] | None:
    """None unless the key signed the token."""
    if not _is_canonical(token):
        return None
    try:
        payload = jws.deserialize_compact(token, _key(secret), algorithms=[_ALGORITHM]).payload
        claims = decode_json(payload or b"")
    except (JoseError, RelayError, BadJson, InvalidSignature, ValueError, TypeError, KeyError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def _is_canonical(token: bytes) -> bool:
    """Whether its base64 is spelled as RFC 7515 says: joserfc passes over what is none, and the bits left unused."""
    return all(_respelled(part) == part for part in token.split(b"."))


def _respelled(part: bytes) -> bytes:
    try:
        return base64.urlsafe_b64encode(base64.urlsafe_b64decode(part + b"==")).rstrip(b"=")
    except ValueError:
        return b"."


def _signed(claims: str, secret: str) -> str:
    return jws.serialize_compact({"alg": _ALGORITHM, "typ": "JWT"}, claims, _private(secret), algorithms=[_ALGORITHM])


def _private(secret: str) -> ECKey:
    key = _key(secret)
    if not key.is_private:
        raise RelayError(_("the secret is no private key"), remedy=_("give the private key that signs the token"))
    return key


@lru_cache(maxsize=_KEPT)
def _key(secret: str) -> ECKey:
    try:
        key = ECKey.import_key(json.loads(secret) if secret.lstrip().startswith("{") else secret)
        curve = key.as_dict().get("crv")
    except (JoseError, ValueError, TypeError, KeyError):
        curve = None
    if curve != "P-256":
        raise RelayError(
            _("the secret is no key of the curve P-256"), remedy=_("give the public key in PEM, or as a JWK")
        )
    return key
