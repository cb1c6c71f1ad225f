"""The words that spell out a signature scheme, the same in routes.yaml's `verify:` and in the shipped records.

Words that contradict each other raise ValueError, which msgspec turns into a ValidationError at the place.
"""

from typing import Annotated

import msgspec
from msgspec.structs import force_setattr

from relay.described import says, unless
from relay.publishers.words import KeyWords
from relay.signatures.template import fields
from relay.signatures.words import (
    NUMBER,
    AlgorithmName,
    BodyDigest,
    Composed,
    Encoding,
    KeyForm,
    Names,
    Timestamp,
    check_header_name,
    names_of,
    one_of,
    refuse,
)
from relay.texts import _

_CREDENTIALS = {"token": "Bearer ", "basic": "Basic "}
_JWT = "jwt-es256"
_SENDABLE = {"id", "timestamp", "method", "url"}
_PUBLIC = frozenset({"rsa-sha256", "rsa-pss-sha256", "ed25519", _JWT})
_KEYED = {"hmac": {"text", "hex", "base64", "whsec"}, "ed25519": {"text", "whpk"}}


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One scheme, spelled out. The signature stands in one of `header`, `query`, `field`, `path`."""

    algorithm: Annotated[
        AlgorithmName,
        says(
            "how it is signed, or that the secret itself is sent (`token`, `basic`); a "
            "`hash-…` is no HMAC: the secret stands in `content`",
            "hmac-sha256",
        ),
    ]
    header: Annotated[
        Names | None,
        says(
            "the header where the signature or token stands; of a list the first that is "
            "there, and `{n}` is all that are there, from 1",
            "X-Signature",
            ["X-Signature", "X-Old-Signature"],
        ),
        unless("Authorization, for `token` and `basic`"),
    ] = None
    query: Annotated[
        Names | None,
        says("the query parameter where it stands; of a list the first that is there", "signature"),
        unless("not there"),
    ] = None
    field: Annotated[
        str | None,
        says("the field of the body where it stands, a dotted path; with `each` of the item", "header.token"),
        unless("not there"),
    ] = None
    path: Annotated[bool, says("it stands in the path, `/in/NAME/<secret>`; for tokens alone", True)] = False
    prefix: Annotated[str, says("what stands before the signature", "sha256="), unless("nothing")] = ""
    separator: Annotated[
        str | None, says("several signatures stand in one value, parted by this", ","), unless("one stands there")
    ] = None
    pair: Annotated[
        str | None,
        says("the value is `key=value` pairs; those with this key count", "v1"),
        unless("it is the signature"),
    ] = None
    encoding: Annotated[Encoding, says("how the signature is written", "base64")] = "hex"
    key: Annotated[KeyForm, says("how the secret's characters become a key; `whpk` for `ed25519`", "base64")] = "text"
    content: Annotated[
        str | Composed,
        says(
            "what is signed: a template such as `{timestamp}.{body}`, or `sort` or `form`",
            "{timestamp}.{body}",
            {"sort": ["{secret}", "{query:timestamp}", "{query:nonce}"]},
        ),
    ] = "{body}"
    body_digest: Annotated[
        BodyDigest | None,
        says(
            "where the body's SHA-256 stands in hexadecimal digits, which must fit too",
            {"query": "bodySHA256", "optional": True},
        ),
        unless("none"),
    ] = None
    each: Annotated[bool, says("every item of the batch proves itself, by a `field` of its own", True)] = False
    secret_from: Annotated[
        str | None,
        says("the variable that holds the secret, in place of the source's `secret`", "APP_SECRET"),
        unless("`secret`"),
    ] = None
    timestamp: Annotated[
        Timestamp | None,
        says(
            "where the time of signing stands, and how old it may be",
            {"header": "X-Timestamp", "unit": "s", "tolerance": "5m"},
        ),
        unless("none"),
    ] = None
    id_header: Annotated[str | None, says("where `{id}` stands", "X-Event-Id"), unless("none")] = None
    sends: Annotated[
        dict[str, str],
        says(
            "further headers that signing sets, over `{id}`, `{timestamp}`, `{method}`, `{url}`",
            {"X-Timestamp": "{timestamp}"},
        ),
        unless("none"),
    ] = {}
    keys: Annotated[
        KeyWords | None,
        says(
            "where the platform publishes the public keys that stand for the secret",
            {
                "by": {"header": "X-Key-Id"},
                "form": "pem",
                "url": "https://keys.example.com/{{ key.name }}",
                "hosts": ["keys.example.com"],
            },
        ),
        unless("none"),
    ] = None

    def __post_init__(self) -> None:
        _fill_in(self)
        _check_algorithm(self)
        _check_place(self)
        _check_content(self)
        _check_signed_place(self)
        _check_digest(self)
        _check_sends(self)
        _check_keys(self)

    @property
    def is_credential(self) -> bool:
        """Whether the secret itself is sent."""
        return self.algorithm in _CREDENTIALS

    @property
    def templates(self) -> list[str]:
        """All of the content that is written as a template."""
        return [self.content] if isinstance(self.content, str) else self.content.templates

    @property
    def signed(self) -> frozenset[str]:
        """The kinds of the fields that the content reads."""
        return frozenset().union(*map(fields, self.templates))

    @property
    def signs_form(self) -> bool:
        """Whether the content is a form's fields."""
        return not isinstance(self.content, str) and self.content.form is not None

    @property
    def signs_body(self) -> bool:
        """Whether no byte of the body may change."""
        digested = self.body_digest is not None and not self.body_digest.optional
        whole = bool(self.signed & {"body", "crc32", "form_json"}) or self.signs_form or digested
        return whole and not self.is_credential


def _fill_in(words: Vocabulary) -> None:
    """Credentials stand in the Authorization header unless said otherwise (RFC 7617, RFC 6750)."""
    unplaced = not (words.header or words.query or words.field or words.path)
    if words.is_credential and unplaced:
        force_setattr(words, "header", "Authorization")
    if words.algorithm == "basic" or (words.algorithm == "token" and unplaced):
        force_setattr(words, "prefix", words.prefix or _CREDENTIALS[words.algorithm])
    if words.algorithm == _JWT and words.content == "{body}":
        force_setattr(words, "content", "")


def _check_algorithm(words: Vocabulary) -> None:
    keys = _KEYED.get(words.algorithm.partition("-")[0], {"text"})
    why = _("key: {key} goes with hmac", key=words.key) if words.key != "whpk" else _("key: whpk goes with ed25519")
    refuse(words.key not in keys, _("{why}; {algorithm} takes its secret as it is", why=why, algorithm=words.algorithm))
    signed = words.timestamp or words.id_header or words.content != "{body}" or words.body_digest
    unsigned = words.is_credential or words.algorithm == "none"
    refuse(
        unsigned and bool(signed),
        _("{algorithm} signs nothing: leave out content, timestamp and id_header", algorithm=words.algorithm),
    )
    hashed = words.algorithm.startswith("hash-")
    refuse(
        hashed and "secret" not in words.signed, _("a hash without the secret proves nothing: put {secret} in content")
    )
    refuse(words.algorithm == _JWT and bool(words.content), _("a JWT signs its own claims: leave out content"))
    keyless = words.algorithm == "none" and words.secret_from
    refuse(bool(keyless), _("none takes no secret: leave out secret_from"))


def _check_place(words: Vocabulary) -> None:
    places = {"header": words.header, "query": words.query, "field": words.field, "path": words.path or None}
    if words.algorithm == "none":
        refuse(any(places.values()), _("none looks at nothing: leave out header, query, field and path"))
        return
    one_of(_("the signature"), **places)
    refuse(words.path and words.algorithm != "token", _("only a token can stand in the path"))
    refuse(words.algorithm == "basic" and words.header is None, _("basic stands in a header"))
    refuse("" in (words.separator, words.pair), _("an empty separator or pair parts nothing: leave it out"))
    refuse(words.each and words.field is None, _("each item proves itself by a field of its own: say field"))
    refuse([] in (words.header, words.query), _("the list of names is empty"))
    numbered = any(NUMBER in name for name in names_of(words.header))
    listed = words.separator or words.pair or not isinstance(words.header, str)
    refuse(numbered and bool(listed), _("a header's name with {n} stands alone, without separator and pair"))
    for name in (*names_of(words.header), words.id_header, *words.sends):
        check_header_name(name)


def _check_content(words: Vocabulary) -> None:
    signed, stamp = words.signed, words.timestamp
    by_id, by_time = "id" in signed, "timestamp" in signed
    refuse(by_id and not words.id_header, _("content has {id}: say id_header, the header where it stands"))
    refuse(bool(words.id_header) and not by_id, _("id_header says where {id} stands, and content has no {id}"))
    refuse(by_time and not stamp, _("content has {timestamp}: say timestamp, where it stands"))
    unsigned = stamp and not by_time and not _stamp_is_covered(words, stamp)
    refuse(bool(unsigned), _("a timestamp that isn't signed proves nothing: put {timestamp} into content"))
    paired = bool(stamp and (stamp.pair or stamp.first))
    other = words.separator if stamp and stamp.first else words.pair
    refuse(paired and not other, _("timestamp.pair is beside the signature's own: say pair, which one that is"))
    claimed = (stamp and stamp.claim) or (words.body_digest and words.body_digest.claim)
    refuse(bool(claimed) and words.algorithm != _JWT, _("only a JWT has claims: say algorithm: jwt-es256"))


def _stamp_is_covered(words: Vocabulary, stamp: Timestamp) -> bool:
    """Whether the content holds the time without naming it."""
    if isinstance(words.content, Composed) and words.content.form and stamp.field:
        return stamp.field not in words.content.form.leave_out
    return bool(stamp.claim) or bool(stamp.query and "url" in words.signed)


def _check_signed_place(words: Vocabulary) -> None:
    """A signature can't stand in what it signs."""
    form = words.content.form if isinstance(words.content, Composed) else None
    left_out = form is not None and words.field in form.leave_out
    inside = words.field is not None and words.signs_body and not left_out
    refuse(inside, _("the signature stands in the body that it signs: name the signed fields, or leave_out its own"))
    refuse(bool(words.query) and "url" in words.signed, _("the signature stands in the address that it signs"))


def _check_digest(words: Vocabulary) -> None:
    digest = words.body_digest
    if digest is None or digest.claim:
        return
    unsigned = (digest.query and not words.signed & {"url", "query"}) or (
        digest.header and "header" not in words.signed
    )
    refuse(bool(unsigned), _("a digest that isn't signed proves nothing: put {url}, or its place, into content"))


def _check_sends(words: Vocabulary) -> None:
    for name, text in words.sends.items():
        unknown = fields(text) - _SENDABLE
        refuse(
            bool(unknown), _("sends.{name} may have {id}, {timestamp}, {method}, {url}, and no other field", name=name)
        )


def _check_keys(words: Vocabulary) -> None:
    if words.keys is None:
        return
    refuse(
        words.algorithm not in _PUBLIC,
        _("only public keys are published: {algorithm} takes a secret", algorithm=words.algorithm),
    )
    refuse(bool(words.secret_from), _("keys stand for the secret: leave out secret_from"))
    claimed = words.keys.by.claim is not None and (words.algorithm != _JWT or not isinstance(words.header, str))
    refuse(claimed, _("only a JWT in one header has claims: say by: {header: …}"))
