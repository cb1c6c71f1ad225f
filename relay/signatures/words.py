"""The parts of a scheme's words: where the time of signing stands, what else is signed, and how it is put together."""

import re
from typing import Annotated, Literal

import msgspec

from relay.described import DurationText, says, unless
from relay.duration import parse_duration_ms
from relay.signatures.template import fields, parse
from relay.texts import _

AlgorithmName = Literal[
    "hmac-sha1",
    "hmac-sha256",
    "hmac-sha512",
    "hash-sha1",
    "hash-sha256",
    "rsa-sha256",
    "rsa-pss-sha256",
    "ed25519",
    "jwt-es256",
    "token",
    "basic",
    "none",
]
Encoding = Literal["hex", "base64"]
KeyForm = Literal["text", "hex", "base64", "whsec", "whpk"]
Names = str | list[str]
NUMBER = "{n}"  # in a header's name: 1, 2, 3 …

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class Timestamp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the time of signing stands: one of header, query, field, claim, pair and first."""

    header: Annotated[str | None, says("a header", "X-Timestamp"), unless("not there")] = None
    query: Annotated[str | None, says("a query parameter", "timestamp"), unless("not there")] = None
    field: Annotated[str | None, says("a field of the body", "timestamp"), unless("not there")] = None
    claim: Annotated[str | None, says("a claim of the JWT", "iat"), unless("not there")] = None
    pair: Annotated[str | None, says("a pair of the signature's own value", "t"), unless("not there")] = None
    first: Annotated[bool, says("the first piece of the signature's value", True)] = False
    unit: Annotated[Literal["s", "ms", "iso8601"], says("seconds or milliseconds since 1970, or ISO 8601", "ms")] = "s"
    tolerance: Annotated[DurationText, says("how far it may be from now", "5m")] = "5m"
    bound: Annotated[Literal["both", "past"], says("`past` takes times that are yet to come", "past")] = "both"

    def __post_init__(self) -> None:
        places = {"header": self.header, "query": self.query, "field": self.field, "claim": self.claim}
        one_of(_("timestamp"), **places, pair=self.pair, first=self.first or None)
        check_header_name(self.header)
        if parse_duration_ms(self.tolerance) == 0:
            raise ValueError(_("a tolerance of 0 refuses everything: write how far two clocks may differ, such as 5m"))


class BodyDigest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the body's SHA-256 stands: one of header, query and claim."""

    header: Annotated[str | None, says("a header", "X-Content-SHA256"), unless("not there")] = None
    query: Annotated[str | None, says("a query parameter", "bodySHA256"), unless("not there")] = None
    claim: Annotated[str | None, says("a claim of the JWT", "request_body_sha256"), unless("not there")] = None
    optional: Annotated[bool, says("it may be missing; one that is there must fit", True)] = False

    def __post_init__(self) -> None:
        one_of(_("the body's digest"), header=self.header, query=self.query, claim=self.claim)
        check_header_name(self.header)


class FormContent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields of a form, sorted by name and joined."""

    leave_out: Annotated[list[str], says("names that aren't signed", ["sign"]), unless("none")] = []
    pair: Annotated[str, says("how one is written", "{key}{value}")] = "{key}={value}"
    separator: Annotated[str, says("what stands between two", "")] = "&"
    before: Annotated[str, says("a template before them all", "{secret}"), unless("nothing")] = ""
    after: Annotated[str, says("a template after them all", "&key={secret}"), unless("nothing")] = ""
    unique: Annotated[bool, says("the same name and value counts once", True)] = False
    empty: Annotated[bool, says("false leaves out fields without a value", False)] = True

    def __post_init__(self) -> None:
        refuse(fields(self.pair, ("key", "value"), ()) != {"key", "value"}, _("pair is written over {key} and {value}"))
        fields(self.before + self.after)


class Composed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A content that isn't one template: texts or a form's fields, sorted and joined."""

    sort: Annotated[
        list[str] | None,
        says("templates, of which the sorted texts are joined", ["{secret}", "{query:timestamp}", "{query:nonce}"]),
        unless("`form` says it"),
    ] = None
    join: Annotated[str, says("what the texts are joined by", "&"), unless("nothing")] = ""
    form: Annotated[
        FormContent | None,
        says("a form's fields, sorted by name and joined", {"leave_out": ["sign"], "after": "{secret}"}),
        unless("`sort` says it"),
    ] = None

    def __post_init__(self) -> None:
        one_of(_("content"), sort=self.sort, form=self.form)
        refuse(self.sort == [], _("sort has no texts: write what is sorted and joined"))
        for text in self.sort or ():
            parse(text)

    @property
    def templates(self) -> list[str]:
        """All that is written as a template."""
        return [*(self.sort or ()), *([self.form.before, self.form.after] if self.form else ())]


def names_of(names: Names | None) -> tuple[str, ...]:
    """One name or several, as several."""
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else tuple(names)


def check_header_name(name: str | None) -> None:
    """Raises ValueError on what can't be a header's name."""
    plain = name and name.replace(NUMBER, "1")
    refuse(plain is not None and not _HEADER_NAME.fullmatch(plain), _("{name} is no header's name", name=repr(name)))


def one_of(what: str, **places: object) -> None:
    """Raises ValueError unless exactly one is given."""
    given = sum(place is not None for place in places.values())
    refuse(given != 1, _("say where {what} stands: one of {places}", what=what, places=", ".join(places)))


def refuse(wrong: bool, why: str) -> None:
    """Raises ValueError where it is wrong."""
    if wrong:
        raise ValueError(why)
