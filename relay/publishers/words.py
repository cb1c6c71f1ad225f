"""The words of `keys:` in a signature scheme: where its platform publishes the keys that its requests name.

Words that contradict each other raise ValueError, which msgspec turns into a ValidationError at the place.
"""

import re
from typing import Annotated, Any, Literal

import msgspec

from relay.described import Bare, Braced, DurationText, says, unless
from relay.duration import parse_duration_ms
from relay.texts import _

FormName = Literal["pem", "x509-chain", "jwk", "wechatpay"]
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class By(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a request names its key: one of header and claim."""

    header: Annotated[str | None, says("a header", "X-Key-Id"), unless("`claim` says it")] = None
    claim: Annotated[str | None, says("a claim in the head of the JWT", "kid"), unless("`header` says it")] = None

    def __post_init__(self) -> None:
        if (self.header is None) == (self.claim is None):
            raise ValueError(_("say where the key is named: one of header, claim"))
        if self.header is not None and not _HEADER_NAME.fullmatch(self.header):
            raise ValueError(_("{header} is no header's name", header=repr(self.header)))


class KeyWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a key is found. All texts are `{{ … }}` over `key.name` and `vars`; those of the request over `now` and
    `nonce` too, those of the answer over `status` and `body`."""

    by: Annotated[By, says("where a request names its key", {"claim": "kid"})]
    form: Annotated[
        FormName,
        says(
            "how it is written: `pem`; `jwk` of the curve P-256; `x509-chain`: certificates in "
            "PEM; `wechatpay`: the list of WeChat Pay's certificates",
            "jwk",
        ),
    ]
    url: Annotated[
        Braced | None,
        says(
            "where it is asked for, over `key.name`, `vars`, `now.s`, `now.ms` and `nonce`; "
            "no query and no fragment: one key has one address",
            "https://keys.bank.example.com/{{ key.name | urlencode }}",
        ),
        unless("`known` has them all"),
    ] = None
    hosts: Annotated[
        list[str],
        says(
            "where it may go, by https at port 443: hosts, or all below `*.example.com`; must be set with "
            "`url`. A loopback address that is listed may have http and any port",
            ["keys.bank.example.com"],
        ),
        unless("none"),
    ] = []
    known: Annotated[
        dict[str, Braced],
        says(
            "keys that need no asking, PEM by name; one whose variables are empty is left out",
            {"k1": "{{ vars.public_key }}"},
        ),
        unless("none"),
    ] = {}
    method: Annotated[Literal["GET", "POST"], says("how it is asked for", "POST")] = "GET"
    headers: Annotated[
        dict[str, Braced], says("headers of that request", {"Authorization": "Bearer {{ vars.token }}"}), unless("none")
    ] = {}
    body: Annotated[
        Any, says("what it holds, as JSON; for a POST", {"key_id": "{{ key.name }}"}), unless("nothing")
    ] = None
    missing: Annotated[
        Bare,
        says(
            "an answer that says there is no such key: the request is answered 401",
            "status == 404 or body.error == 'NO_SUCH_KEY'",
        ),
    ] = "status == 404 or status == 410"
    take: Annotated[
        Braced | None,
        says("where the key stands in the JSON of an answer", "{{ body.key }}"),
        unless("the answer is the key"),
    ] = None
    when: Annotated[
        Bare | None, says("what must hold for a key to be believed", "body.key.expired_at is none"), unless("nothing")
    ] = None
    names: Annotated[
        list[str],
        says("of `x509-chain`, and needed there: the hosts of which the certificate may be", ["messaging.example.com"]),
        unless("none"),
    ] = []
    roots: Annotated[
        Braced | None,
        says(
            "of `x509-chain`: certificates in PEM to which it must chain; those may be intermediates",
            "${file:certs/roots.pem}",
        ),
        unless("Mozilla's roots"),
    ] = None
    key: Annotated[
        Braced | None,
        says("of `wechatpay`, and needed there: the APIv3 key, which opens the list", "{{ vars.apiv3_key }}"),
        unless("no key"),
    ] = None
    lasts: Annotated[DurationText, says("for how long a key is kept, unless it ends before", "12h")] = "1d"

    def __post_init__(self) -> None:
        _refuse(not (self.url or self.known), _("say where keys are published (url), or which are known"))
        _refuse(bool(self.url) != bool(self.hosts), _("url and hosts go together: say which hosts may be asked"))
        _refuse(
            (self.form == "x509-chain") != bool(self.names), _("names goes with form: x509-chain, and it needs them")
        )
        _refuse(self.roots is not None and not self.names, _("roots goes with form: x509-chain"))
        _refuse((self.form == "wechatpay") != bool(self.key), _("key goes with form: wechatpay, and it needs one"))
        _refuse(self.body is not None and self.method == "GET", _("a GET has no body: say method: POST"))
        for name in self.headers:
            _refuse(not _HEADER_NAME.fullmatch(name), _("{name} is no header's name", name=repr(name)))
        if parse_duration_ms(self.lasts) == 0:
            raise ValueError(
                _("a key that lasts 0 would be asked for each time: write for how long it holds, such as 1d")
            )


def _refuse(wrong: bool, why: str) -> None:
    if wrong:
        raise ValueError(why)
