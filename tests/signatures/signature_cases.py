"""What the conformance suite runs on: every shipped scheme and every file in spelled/, with secrets that suit it."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import msgspec
import yaml
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from relay.signature import Outgoing, Received, Scheme
from relay.signatures import catalogue
from relay.signatures.vocabulary import Vocabulary

HERE = Path(__file__).parent
NOW = 1_700_000_000
BODY = '{"type": "expense.paid", "id": "e1", "number": "B26000123", "amount": 12.30, "备注": "差旅"}'.encode()


class Secret(NamedTuple):
    """What the sender signs with and what the receiver verifies with."""

    signing: str
    verifying: str


class Case(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    words: Vocabulary
    scheme: Scheme

    @property
    def secrets(self) -> tuple[Secret, Secret, Secret]:
        """Three that are live at once."""
        return secrets(self.words.algorithm, self.words.key)

    @property
    def binds_body(self) -> bool:
        return self.words.algorithm not in ("token", "basic")

    @property
    def places(self) -> list[tuple[str, str]]:
        """Where the scheme looks: ("headers" | "query", name) or ("secret_path", "")."""
        words, stamp = self.words, self.words.timestamp
        headers = [words.header, words.id_header, stamp and stamp.header]
        queries = [words.query, stamp and stamp.query]
        found = [("headers", name.lower()) for name in headers if name] + [("query", name) for name in queries if name]
        return found + ([("secret_path", "")] if words.path else [])

    def received(self, secret: Secret, *, at: int = NOW, id: str = "dlv_1", body: bytes = BODY) -> Received:  # noqa: A002
        """A request that was signed with the secret, as it comes in."""
        outgoing = outgoing_request(at=at, id=id, body=body)
        signed = catalogue.spelled(in_headers(self.words)).sign(outgoing, secret.signing)
        return moved(self.words, as_received(outgoing, signed))


def outgoing_request(*, at: int = NOW, id: str = "dlv_1", body: bytes = BODY) -> Outgoing:  # noqa: A002
    url = "https://relay.example.com/in/expenses?tenant=1010"
    return Outgoing(id=id, timestamp=at, method="POST", url=url, body=body, headers={"Wechatpay-Nonce": "n0nce"})


def as_received(outgoing: Outgoing, signed: Mapping[str, str]) -> Received:
    headers = {**outgoing.headers, **signed}
    return Received(
        method=outgoing.method,
        url=outgoing.url,
        headers={name.lower(): value.encode().decode("latin-1") for name, value in headers.items()},
        query=dict(parse_qsl(urlsplit(outgoing.url).query)),
        body=outgoing.body,
    )


def in_headers(words: Vocabulary) -> Vocabulary:
    """The same scheme with all that stands in the address moved to headers, since signing makes headers."""
    stamp = words.timestamp
    if stamp and stamp.query:
        stamp = msgspec.structs.replace(stamp, query=None, header="moved-timestamp")
    header = words.header or "moved-signature"
    return msgspec.structs.replace(words, header=header, query=None, path=False, timestamp=stamp)


def moved(words: Vocabulary, received: Received) -> Received:
    """The inverse of in_headers, on a request."""
    headers, query, path = dict(received.headers), dict(received.query), None
    if words.timestamp and words.timestamp.query:
        query[words.timestamp.query] = headers.pop("moved-timestamp")
    if words.query:
        query[words.query] = headers.pop("moved-signature").encode("latin-1").decode()
    if words.path:
        path = headers.pop("moved-signature").encode("latin-1").decode()
    return msgspec.structs.replace(received, headers=headers, query=query, secret_path=path)


def replaced(received: Received, place: tuple[str, str], value: str | None) -> Received:
    """The request with another value at a place, or none."""
    kind, name = place
    if kind == "secret_path":
        return msgspec.structs.replace(received, secret_path=value)
    values = {key: held for key, held in getattr(received, kind).items() if key != name}
    return msgspec.structs.replace(received, **{kind: values if value is None else {**values, name: value}})


def value_at(received: Received, place: tuple[str, str]) -> str:
    kind, name = place
    return str(received.secret_path if kind == "secret_path" else getattr(received, kind)[name])


@cache
def secrets(algorithm: str, key: str) -> tuple[Secret, Secret, Secret]:
    one, two, three = (_secret(algorithm, key, n) for n in range(3))
    return one, two, three


def _secret(algorithm: str, key: str, n: int) -> Secret:
    if algorithm == "rsa-sha256":
        return pem(rsa.generate_private_key(65537, 2048))
    if algorithm == "ed25519":
        return pem(ed25519.Ed25519PrivateKey.generate())
    raw = bytes(range(n, n + 32))
    encoded = b64encode(raw).decode()
    forms = {"text": f"user{n}:pässword", "hex": raw.hex(), "base64": encoded, "whsec": f"whsec_{encoded}"}
    return Secret(forms[key], forms[key])


def pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> Secret:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return Secret(private.decode(), public.decode())


def _cases() -> Iterator[Case]:
    for name in catalogue.names():
        yield Case(name=name, words=catalogue.record(name).alternatives[0], scheme=catalogue.load(name))
    for path in sorted((HERE / "spelled").glob("*.yaml")):
        words = msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), Vocabulary)
        yield Case(name=path.stem, words=words, scheme=catalogue.spelled(words))


CASES = {case.name: case for case in _cases()}
PROVING = [case for case in CASES.values() if not case.scheme.open]
