"""The words that spell out a signature scheme, the same in routes.yaml's `verify:` and in the shipped records.

Words that contradict each other raise ValueError, which msgspec turns into a ValidationError at the place.
"""

import re
from typing import Literal

import msgspec
from msgspec.structs import force_setattr

from relay.duration import parse_duration_ms
from relay.signatures.template import fields

AlgorithmName = Literal["hmac-sha1", "hmac-sha256", "hmac-sha512", "rsa-sha256", "ed25519", "token", "basic", "none"]
Encoding = Literal["hex", "base64"]
KeyForm = Literal["text", "hex", "base64", "whsec"]

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_CREDENTIALS = {"token": "Bearer ", "basic": "Basic "}
_SENDABLE = {"id", "timestamp", "method", "url"}


class Timestamp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the time of signing stands: a header, a query parameter, or a pair of the signature's own value."""

    header: str | None = None
    query: str | None = None
    pair: str | None = None
    unit: Literal["s", "ms"] = "s"
    tolerance: str = "5m"

    def __post_init__(self) -> None:
        _one_of("timestamp", header=self.header, query=self.query, pair=self.pair)
        _check_header_name(self.header)
        if parse_duration_ms(self.tolerance) == 0:
            raise ValueError("a tolerance of 0 refuses everything: write how far two clocks may differ, such as 5m")


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One scheme, spelled out.

    The signature stands in one of `header`, `query`, `path`. `separator`: there are several candidates in the value.
    `pair`: the value is `key=value` pairs (parted by `,` unless set), and those with this key count. `key`: how the
    secret's characters become an HMAC's key. `content`: what is signed. `id_header`: where {id} comes from. `sends`:
    further headers that signing sets, over {id} {timestamp} {method} {url}.
    """

    algorithm: AlgorithmName
    header: str | None = None
    query: str | None = None
    path: bool = False
    prefix: str = ""
    separator: str | None = None
    pair: str | None = None
    encoding: Encoding = "hex"
    key: KeyForm = "text"
    content: str = "{body}"
    timestamp: Timestamp | None = None
    id_header: str | None = None
    sends: dict[str, str] = {}

    def __post_init__(self) -> None:
        _fill_in(self)
        _check_algorithm(self)
        _check_place(self)
        _check_content(self)
        _check_sends(self)


def _fill_in(words: Vocabulary) -> None:
    """Credentials stand in the Authorization header unless said otherwise (RFC 7617, RFC 6750)."""
    unplaced = not (words.header or words.query or words.path)
    if words.algorithm in _CREDENTIALS and unplaced:
        force_setattr(words, "header", "Authorization")
    if words.algorithm == "basic" or (words.algorithm == "token" and unplaced):
        force_setattr(words, "prefix", words.prefix or _CREDENTIALS[words.algorithm])


def _check_algorithm(words: Vocabulary) -> None:
    keyed = words.algorithm.startswith("hmac-")
    _refuse(words.key != "text" and not keyed, f"key goes with hmac; {words.algorithm} takes its secret as it is")
    signed = words.timestamp or words.id_header or words.content != "{body}"
    unsigned = words.algorithm in (*_CREDENTIALS, "none")
    _refuse(unsigned and bool(signed), f"{words.algorithm} signs nothing: leave out content, timestamp and id_header")


def _check_place(words: Vocabulary) -> None:
    places = {"header": words.header, "query": words.query, "path": words.path or None}
    if words.algorithm == "none":
        _refuse(any(places.values()), "none looks at nothing: leave out header, query and path")
        return
    _one_of("the signature", **places)
    _refuse(words.path and words.algorithm != "token", "only a token can stand in the path")
    _refuse(words.algorithm == "basic" and words.header is None, "basic stands in a header")
    _refuse("" in (words.separator, words.pair), "an empty separator or pair parts nothing: leave it out")
    for name in (words.header, words.id_header, *words.sends):
        _check_header_name(name)


def _check_content(words: Vocabulary) -> None:
    signed, stamp = fields(words.content), words.timestamp
    by_id, by_time = "id" in signed, "timestamp" in signed
    _refuse(by_id and not words.id_header, "content has {id}: say id_header, the header where it stands")
    _refuse(bool(words.id_header) and not by_id, "id_header says where {id} stands, and content has no {id}")
    _refuse(by_time and not stamp, "content has {timestamp}: say timestamp, where it stands")
    _refuse(bool(stamp) and not by_time, "a timestamp that isn't signed proves nothing: put {timestamp} into content")
    paired = bool(stamp and stamp.pair)
    _refuse(paired and not words.pair, "timestamp.pair is beside the signature's own: say pair, which one that is")


def _check_sends(words: Vocabulary) -> None:
    for name, text in words.sends.items():
        unknown = fields(text) - _SENDABLE
        _refuse(bool(unknown), f"sends.{name} may have {{id}}, {{timestamp}}, {{method}}, {{url}}, and no other field")


def _check_header_name(name: str | None) -> None:
    _refuse(name is not None and not _HEADER_NAME.fullmatch(name), f"{name!r} is no header's name")


def _one_of(what: str, **places: object) -> None:
    given = sum(place is not None for place in places.values())
    _refuse(given != 1, f"say where {what} stands: one of {', '.join(places)}")


def _refuse(wrong: bool, why: str) -> None:
    if wrong:
        raise ValueError(why)
