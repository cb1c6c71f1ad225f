"""What the conformance suite runs on: every shipped scheme and every file in spelled/, each way of proving for itself.
A shipped scheme takes the place of a file in spelled/ of the same name.

One whose keys are fetched is there without `keys`: what was fetched stands where its secret would.

A scheme of several ways is there as NAME-1, NAME-2 …. A body that its signature needs stands in samples/, as NAME or
NAME-1, ending in .json, .form or .xml; of a batch it is one item. Headers, parameters, fields and variables that the
content names are made up.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import yaml
from signature_requests import BODY, FORM, NOW, TYPES, Place, as_batch, as_received, outgoing_request
from signature_secrets import Secret, secrets

from relay.signature import Outgoing, Received, Scheme
from relay.signatures import catalogue, placing, reading
from relay.signatures.record import Record
from relay.signatures.template import Field, parse
from relay.signatures.vocabulary import Vocabulary
from relay.signatures.words import NUMBER, names_of

HERE = Path(__file__).parent
MEBIBYTE = 1 << 20


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """`whole`: the scheme with all its ways. `of`: its name."""

    name: str
    of: str
    words: Vocabulary
    scheme: Scheme
    whole: Scheme

    @property
    def secrets(self) -> tuple[Secret, Secret, Secret]:
        """Three that are live at once."""
        return secrets(self.words.algorithm, self.words.key)

    @property
    def takes_any_bytes(self) -> bool:
        """Whether the body needn't be a form or hold fields."""
        return not (self.scheme.reads_body or self.words.signs_form or "form_json" in self.words.signed)

    @property
    def fields(self) -> list[Field]:
        """What the content names of a request."""
        return [part for text in self.words.templates for part in parse(text) if isinstance(part, Field) and part.name]

    @property
    def signed_at(self) -> Place:
        """Where the signature stands."""
        words = self.words
        if words.header:
            return ("headers", names_of(words.header)[0].replace(NUMBER, "1").lower())
        if words.query:
            return ("query", names_of(words.query)[0])
        return ("field", words.field) if words.field else ("secret_path", "")

    @property
    def stamped_at(self) -> Place | None:
        """Where the time stands by itself."""
        stamp = self.words.timestamp
        if stamp is None or stamp.pair or stamp.first or stamp.claim:
            return None
        if stamp.header:
            return ("headers", stamp.header.lower())
        return ("query", stamp.query) if stamp.query else ("field", stamp.field or "")

    @property
    def places(self) -> list[Place]:
        """Where the scheme looks; the signature's comes first."""
        digest, id_header = self.words.body_digest, self.words.id_header
        named = [(_KINDS[field.kind], _cased(field)) for field in self.fields if field.kind in _KINDS]
        stamped = [self.stamped_at] if self.stamped_at else []
        others = [("headers", id_header.lower())] if id_header else []
        if digest and not (digest.claim or digest.optional):
            others.append(("headers", digest.header.lower()) if digest.header else ("query", digest.query or ""))
        return [self.signed_at, *stamped, *dict.fromkeys(others + named)]

    @property
    def sample(self) -> tuple[bytes, str]:
        """A body, and its Content-Type."""
        for stem in (self.name, self.of):
            for ending, kind in TYPES.items():
                if (path := HERE / "samples" / f"{stem}.{ending}").exists():
                    return path.read_bytes().strip(), kind
        is_form = self.words.signs_form or "form_json" in self.words.signed
        return (FORM, TYPES["form"]) if is_form else (BODY, TYPES["json"])

    @property
    def large(self) -> bytes:
        """A body of a mebibyte."""
        sample, kind = self.sample
        filler = (b"%41" + b"+" * 61) * (MEBIBYTE // 64)
        if kind == TYPES["form"]:
            return sample + b"&memo2=" + filler
        if kind == TYPES["xml"]:
            return sample.replace(b"</xml>", b"<Memo>" + filler + b"</Memo></xml>")
        return sample.rstrip()[:-1] + b', "memo2": "' + filler + b'"}'

    def variables(self, secret: Secret) -> dict[str, str]:
        own = {self.words.secret_from: secret.verifying} if self.words.secret_from else {}
        return {**{name: f"wärde {name}" for name in self.scheme.vars}, **own}

    def outgoing(self, *, at: int = NOW, id: str = "dlv_1", body: bytes | None = None) -> Outgoing:  # noqa: A002
        """With all that the content names."""
        sample, kind = self.sample
        outgoing = outgoing_request(at=at, id=id, body=sample if body is None else body, headers={"Content-Type": kind})
        for field in self.fields:
            if field.kind in ("header", "query") or (field.kind == "field" and field.optional and "xml" not in kind):
                place = reading.Place(field.kind, field.names[:1])
                outgoing = placing.put(outgoing, place, f"made-up-{len(field.name)}")
        return outgoing

    def received(self, secret: Secret, *, at: int = NOW, id: str = "dlv_1", body: bytes | None = None) -> Received:  # noqa: A002
        """A request that was signed with the secret, as it comes in."""
        variables = self.variables(secret)
        signed = self.scheme.signed(self.outgoing(at=at, id=id, body=body), secret.signing, variables)
        received = as_received(signed, {}, variables)
        received = msgspec.structs.replace(received, key=secret.verifying) if self.scheme.keyed else received
        return as_batch(received) if self.scheme.each else received


_KINDS = {"header": "headers", "query": "query", "field": "field", "vars": "vars"}


def _cased(field: Field) -> str:
    return field.names[0].lower() if field.kind == "header" else field.names[0]


def _ways(name: str, record: Record, whole: Scheme) -> Iterator[Case]:
    for number, words in enumerate(record.alternatives, 1):
        alone = len(record.alternatives) == 1
        scheme = whole if alone and not whole.keyed else catalogue.spelled(msgspec.structs.replace(words, keys=None))
        whole = scheme if whole.keyed else whole
        yield Case(name=name if alone else f"{name}-{number}", of=name, words=words, scheme=scheme, whole=whole)


def _cases() -> Iterator[Case]:
    for name in catalogue.names():
        yield from _ways(name, catalogue.record(name), catalogue.load(name))
    for path in sorted(each for each in (HERE / "spelled").glob("*.yaml") if each.stem not in catalogue.names()):
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
        record = msgspec.convert({"verify": read}, Record)
        yield from _ways(path.stem, record, catalogue.spelled(record.verify))


CASES = {case.name: case for case in _cases()}
SCHEMES = {case.of: case.whole for case in CASES.values()} | {name: catalogue.load(name) for name in catalogue.names()}
PROVING = [case for case in CASES.values() if not case.scheme.open]
