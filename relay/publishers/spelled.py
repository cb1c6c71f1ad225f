"""A publisher from its words, compiled once for each source: its variables are in it already."""

from collections.abc import Iterator, Mapping
from typing import Any

from relay.destination import Answer, Moment, Request
from relay.duration import parse_duration_ms
from relay.errors import Forged, MissingName
from relay.keys import public_key
from relay.language.expression import Language
from relay.publisher import Published
from relay.publishers.asking import Asking
from relay.publishers.chained import Chained
from relay.publishers.form import Form
from relay.publishers.naming import naming
from relay.publishers.plain import Jwk, Pem
from relay.publishers.telling import Telling
from relay.publishers.wechatpay import WechatPay
from relay.publishers.words import KeyWords

_SAMPLE = "https://sample.invalid/"


class SpelledPublisher:
    """`variables`: the source's; `token`: the header where the scheme's signature stands. Raises RelayError on words
    and variables that can't work."""

    def __init__(self, words: KeyWords, variables: Mapping[str, str], token: str) -> None:
        self.lasts_s = parse_duration_ms(words.lasts) / 1000
        self.named = naming(words.by, token)
        self._fixed = Fixed(variables)
        self._known = self._fixed.pairs(words.known)
        self._told = Telling(words, self._fixed.language)
        self._fetch = self._asking(words)
        self._form = _form(words, self._fixed) if self._fetch else None

    def given(self, name: str) -> str | None:
        return self._known.get(name)

    def request(self, name: str, moment: Moment) -> Request:
        if self._fetch is None:
            raise Forged
        return self._fetch.request(self._fixed.names_of(name), moment)

    def read(self, name: str, answer: Answer, now: float) -> Mapping[str, Published]:
        taken = self._told.taken(self._fixed.names_of(name), answer)
        return {} if taken is None or self._form is None else self._form.read(name, taken, answer, now)

    def _asking(self, words: KeyWords) -> Asking | None:
        """None where nothing is to be asked: the variables that it takes are left out, and keys are known. Raises
        ExpressionError on what would fail each time."""
        if words.url is None:
            return None
        try:
            asking = Asking(words, self._fixed.language, self._fixed.texts(words.hosts))
            asking.tried(self._fixed.names_of(_SAMPLE))
        except MissingName:
            if self._known:
                return None
            raise
        return asking


class Fixed:
    """What is the same for all requests of a source."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.language = Language()
        self._vars = {"vars": {name: value for name, value in variables.items() if value}}

    def names_of(self, name: str) -> dict[str, Any]:
        return {**self._vars, "key": {"name": name}}

    def text(self, written: str) -> str:
        """Raises ExpressionError."""
        return self.language.value(written, frozenset({"vars"}), "keys").printed(self._vars)

    def texts(self, written: list[str]) -> list[str]:
        return [self.text(each) for each in written]

    def pairs(self, written: Mapping[str, str]) -> dict[str, str]:
        """The keys that are known, in PEM, without those whose variables are left out. Raises RelayError on one that
        is no public key."""
        found = dict(self._told(written))
        for pem in found.values():
            public_key(pem)
        return found

    def _told(self, written: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for name, pem in written.items():
            try:
                yield self.text(name), self.text(pem)
            except MissingName:
                continue


def _form(words: KeyWords, fixed: Fixed) -> Form:
    """Raises RelayError."""
    match words.form:
        case "x509-chain":
            return Chained(fixed.texts(words.names), _optional(words.roots, fixed))
        case "wechatpay":
            return WechatPay(fixed.text(words.key or ""))
        case "jwk":
            return Jwk()
        case "pem":
            return Pem()


def _optional(written: str | None, fixed: Fixed) -> str | None:
    try:
        return fixed.text(written) if written else None
    except MissingName:
        return None
