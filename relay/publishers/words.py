"""The words of `keys:` in a signature scheme: where its platform publishes the keys that its requests name.

Words that contradict each other raise ValueError, which msgspec turns into a ValidationError at the place.
"""

import re
from typing import Any, Literal

import msgspec

from relay.duration import parse_duration_ms

FormName = Literal["pem", "x509-chain", "jwk", "wechatpay"]
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class By(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a request names its key: a header, or a `claim` of the JWT's own head (`kid`)."""

    header: str | None = None
    claim: str | None = None

    def __post_init__(self) -> None:
        if (self.header is None) == (self.claim is None):
            raise ValueError("say where the key is named: one of header, claim")
        if self.header is not None and not _HEADER_NAME.fullmatch(self.header):
            raise ValueError(f"{self.header!r} is no header's name")


class KeyWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a key is found. All texts are `{{ … }}` over `key.name` and `vars`; those of the request over `now` and
    `nonce` too, those of the answer over `status` and `body`.

    `known`: keys that the configuration holds, PEM by name. `url`, `method`, `headers`, `body`: the request; `hosts`:
    where it may go. `missing`: an answer that says there is no such key. `take`: where the key stands in the JSON of
    an answer, else it is the answer. `when`: what must hold for it to be believed. `form`: how it is written; `names`:
    the hosts of which a certificate must be, `roots`: in PEM, to which it must chain; `key`: what opens it. `lasts`:
    for how long it is kept.
    """

    by: By
    form: FormName
    url: str | None = None
    hosts: list[str] = []
    known: dict[str, str] = {}
    method: Literal["GET", "POST"] = "GET"
    headers: dict[str, str] = {}
    body: Any = None
    missing: str = "status == 404 or status == 410"
    take: str | None = None
    when: str | None = None
    names: list[str] = []
    roots: str | None = None
    key: str | None = None
    lasts: str = "1d"

    def __post_init__(self) -> None:
        _refuse(not (self.url or self.known), "say where keys are published (url), or which are known")
        _refuse(bool(self.url) != bool(self.hosts), "url and hosts go together: say which hosts may be asked")
        _refuse((self.form == "x509-chain") != bool(self.names), "names goes with form: x509-chain, and it needs them")
        _refuse(self.roots is not None and not self.names, "roots goes with form: x509-chain")
        _refuse((self.form == "wechatpay") != bool(self.key), "key goes with form: wechatpay, and it needs one")
        _refuse(self.body is not None and self.method == "GET", "a GET has no body: say method: POST")
        for name in self.headers:
            _refuse(not _HEADER_NAME.fullmatch(name), f"{name!r} is no header's name")
        if parse_duration_ms(self.lasts) == 0:
            raise ValueError("a key that lasts 0 would be asked for each time: write for how long it holds, such as 1d")


def _refuse(wrong: bool, why: str) -> None:
    if wrong:
        raise ValueError(why)
