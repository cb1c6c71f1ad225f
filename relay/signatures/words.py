"""The parts of a scheme's words: where the time of signing stands, what else is signed, and how it is put together."""

import re
from typing import Literal

import msgspec

from relay.duration import parse_duration_ms
from relay.signatures.template import fields, parse

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
    """Where the time of signing stands: a header, a query parameter, a field of the body, a claim of a JWT, a pair of
    the signature's own value, or the first thing in it. `bound`: `past` takes the times that are yet to come."""

    header: str | None = None
    query: str | None = None
    field: str | None = None
    claim: str | None = None
    pair: str | None = None
    first: bool = False
    unit: Literal["s", "ms", "iso8601"] = "s"
    tolerance: str = "5m"
    bound: Literal["both", "past"] = "both"

    def __post_init__(self) -> None:
        places = {"header": self.header, "query": self.query, "field": self.field, "claim": self.claim}
        one_of("timestamp", **places, pair=self.pair, first=self.first or None)
        check_header_name(self.header)
        if parse_duration_ms(self.tolerance) == 0:
            raise ValueError("a tolerance of 0 refuses everything: write how far two clocks may differ, such as 5m")


class BodyDigest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the body's SHA-256 stands in hexadecimal digits: a header, a query parameter, or a claim of a JWT.
    `optional`: it may be missing; one that is there must fit."""

    header: str | None = None
    query: str | None = None
    claim: str | None = None
    optional: bool = False

    def __post_init__(self) -> None:
        one_of("the body's digest", header=self.header, query=self.query, claim=self.claim)
        check_header_name(self.header)


class FormContent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields of a form, sorted by name and joined. `pair`: how one is written, over {key} and {value}. `before`,
    `after`: templates around them. `unique`: the same name and value counts once. `empty`: false leaves out fields
    without a value."""

    leave_out: list[str] = []
    pair: str = "{key}={value}"
    separator: str = "&"
    before: str = ""
    after: str = ""
    unique: bool = False
    empty: bool = True

    def __post_init__(self) -> None:
        refuse(fields(self.pair, ("key", "value"), ()) != {"key", "value"}, "pair is written over {key} and {value}")
        fields(self.before + self.after)


class Composed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A content that isn't one template. `sort`: templates, of which the sorted texts are joined by `join`."""

    sort: list[str] | None = None
    join: str = ""
    form: FormContent | None = None

    def __post_init__(self) -> None:
        one_of("content", sort=self.sort, form=self.form)
        refuse(self.sort == [], "sort has no texts: write what is sorted and joined")
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
    refuse(plain is not None and not _HEADER_NAME.fullmatch(plain), f"{name!r} is no header's name")


def one_of(what: str, **places: object) -> None:
    """Raises ValueError unless exactly one is given."""
    given = sum(place is not None for place in places.values())
    refuse(given != 1, f"say where {what} stands: one of {', '.join(places)}")


def refuse(wrong: bool, why: str) -> None:
    """Raises ValueError where it is wrong."""
    if wrong:
        raise ValueError(why)
