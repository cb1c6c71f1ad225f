"""A request that was turned away: what is shown of it, and what verifying it once more needs. Pure.

Whatever may be a credential is kept as a salted hash alone: one that was right, or that a mended routes.yaml makes
right, opens the source to whoever reads it. A secret of today's that has the same hash takes its place again.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping

import msgspec

from relay.entries import CREDENTIALS
from relay.errors import Refused
from relay.masking import Mask
from relay.signature import Received
from relay.source import Source

MOST_KEPT = 1 << 20  # a longer body isn't kept
LONGEST = 60  # of a name that nobody knows


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown. `reason`: `signature`, `network` or the code of the answer; `at_ms`: since 1970; `size`, `sha256`:
    of the body, None where it wasn't read."""

    source: str
    reason: str
    status: int
    at_ms: int
    sender: str
    method: str
    headers: dict[str, str]
    size: int | None = None
    sha256: str | None = None


class Hashed(msgspec.Struct, frozen=True, array_like=True):
    """A credential: the word before it (`Bearer`), and its hash."""

    before: str
    digest: bytes


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """What is needed to verify it once more."""

    method: str
    url: str
    headers: dict[str, str]
    query: dict[str, str]
    body: bytes
    salt: bytes
    path: Hashed | None
    hashed: dict[str, Hashed]
    asked: dict[str, Hashed]


class Away(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it was refused. `source`: None where nobody knows `name`; `received`: None where its body wasn't
    read; `headers`: all of them."""

    name: str
    source: Source | None
    received: Received | None
    headers: Mapping[str, str]
    method: str
    sender: str
    error: Refused
    at_ms: int


_encode, _kept = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(Kept)
_told = msgspec.json.Decoder(Told)


def reason_of(away: Away) -> str:
    """Told to those who run Relay; a sender never hears which of the two it was."""
    if away.error.code != "unauthorised":
        return away.error.code
    return "signature" if away.received else "network"


def told(away: Away, mask: Mask) -> bytes:
    """As JSON, with nothing of a credential or of the body in it."""
    hidden = CREDENTIALS | (away.source.hidden if away.source else frozenset())
    shown = {name: "***" if name in hidden else value for name, value in away.headers.items()}
    received = away.received
    return msgspec.json.encode(
        Told(
            source=away.source.name if away.source else mask.text(away.name)[:LONGEST],
            reason=reason_of(away),
            status=away.error.status,
            at_ms=away.at_ms,
            sender=away.sender,
            method=away.method,
            headers=mask.headers(shown),
            size=len(received.body) if received else None,
            sha256=hashlib.sha256(received.body).hexdigest() if received else None,
        )
    )


def read_told(data: bytes) -> Told:
    """Raises msgspec.DecodeError."""
    return _told.decode(data)


def kept(away: Away, salt: bytes) -> bytes | None:
    """None where it can't be let in: its source isn't known, or its body wasn't read or is too long."""
    received, source = away.received, away.source
    if received is None or source is None or len(received.body) > MOST_KEPT:
        return None
    hidden, asked = CREDENTIALS | source.hidden, source.scheme.hidden_query
    path = received.secret_path
    return _encode(
        Kept(
            method=received.method,
            url="" if asked else received.url,
            headers={name: value for name, value in received.headers.items() if name not in hidden},
            query={name: value for name, value in received.query.items() if name not in asked},
            body=received.body,
            salt=salt,
            path=None if path is None else Hashed("", _digest(path, salt)),
            hashed={name: _hashed(value, salt) for name, value in received.headers.items() if name in hidden},
            asked={name: _hashed(value, salt) for name, value in received.query.items() if name in asked},
        )
    )


def again(data: bytes, source: Source) -> Received:
    """The request as it came, its credentials where they are among the source's of today; others are left out. Raises
    msgspec.DecodeError."""
    found = _kept.decode(data)
    known = {_digest(secret, found.salt): secret for secret in _spelled(source)}
    return Received(
        method=found.method,
        url=found.url,
        headers=found.headers | dict(_restored(found.hashed, known)),
        query=found.query | dict(_restored(found.asked, known)),
        body=found.body,
        secret_path=known.get(found.path.digest, "") if found.path else None,
        vars=source.vars,
    )


def _restored(hashed: Mapping[str, Hashed], known: Mapping[bytes, str]) -> Iterator[tuple[str, str]]:
    for name, one in hashed.items():
        if one.digest in known:
            yield name, one.before + known[one.digest]


def _spelled(source: Source) -> Iterator[str]:
    """Each secret as a request may hold it: as it is, and as Basic writes it."""
    for secret in (*source.secrets, *source.vars.values()):
        yield secret
        yield base64.b64encode(secret.encode()).decode()


def _hashed(value: str, salt: bytes) -> Hashed:
    before, space, secret = value.rpartition(" ")
    return Hashed(before + space, _digest(secret, salt))


def _digest(secret: str, salt: bytes) -> bytes:
    return hmac.digest(salt, secret.encode("utf-8", "surrogatepass"), "sha256")


class RefusedView(msgspec.Struct, frozen=True, kw_only=True):
    """One as it stands in the store. `kept`: whether what letting it in needs is still there."""

    id: str
    told: Told
    kept: bool


class RefusedPage(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first; `next` is the cursor of the following page."""

    refused: list[RefusedView]
    next: str | None
