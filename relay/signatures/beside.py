"""The words that stand beside `verify`, the same in a shipped record and under a source in routes.yaml.

Words that contradict each other raise ValueError, which msgspec turns into a ValidationError at the place.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from relay.described import Bare, Braced, says, unless
from relay.signatures.vocabulary import Vocabulary
from relay.texts import _

ShapeName = Literal["json", "form", "xml"]
Status = Annotated[int, Meta(ge=200, le=599)]


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a record or of routes.yaml; a key that isn't declared is refused."""


class DecryptWords(Words, frozen=True, kw_only=True):
    """How what is sealed is opened. It stands in `field` or in `query`."""

    kind: Annotated[
        Literal["wecom", "feishu", "wechatpay"],
        says(
            "`wecom` (企业微信, 钉钉, YonBIP: AES-256-CBC with the owner's id inside), "
            "`feishu` (AES-256-CBC), `wechatpay` (AES-256-GCM)",
            "wecom",
        ),
    ]
    key: Annotated[
        Braced | list[Braced],
        says(
            "the key, or a list while it rolls; `{{ secret }}` where the source's secrets are the "
            "keys. An empty one opens nothing, and the body is taken as it came",
            "{{ vars.aes_key }}",
            ["${NEW_KEY}", "${OLD_KEY}"],
        ),
    ]
    field: Annotated[
        str | list[str] | None,
        says(
            "where it stands in the body: a path, or several of which the first that is there counts; this or `query`",
            "encrypt",
            ["encrypt", "xml.Encrypt"],
        ),
        unless("`query` says it"),
    ] = None
    query: Annotated[str | None, says("the query parameter where it stands", "echostr"), unless("`field` says it")] = (
        None
    )
    owner: Annotated[
        Braced | None,
        says("of `wecom`, and needed there: whose id must stand inside", "{{ vars.corp }}"),
        unless("no owner"),
    ] = None
    key_form: Annotated[
        Literal["encoding-aes-key", "yonbip"],
        says("of `wecom`: 43 characters (`encoding-aes-key`), or an application's secret (`yonbip`)", "yonbip"),
    ] = "encoding-aes-key"
    text: Annotated[bool, says("a text comes out, and no JSON or XML", True)] = False

    def __post_init__(self) -> None:
        if (self.field is None) is (self.query is None):
            raise ValueError(_("say where it stands: field or query"))
        if (self.kind == "wecom") is (self.owner is None):
            raise ValueError(_("owner goes with wecom, and must be there: whom the frame names"))
        if self.kind != "wecom" and self.key_form != "encoding-aes-key":
            raise ValueError(_("key_form goes with wecom: leave it out"))


class AnswerWords(Words, frozen=True, kw_only=True):
    """What a sender is answered: a `body` or a `text`; nothing without."""

    status: Annotated[Status, says("the status of the answer", 200)] = 200
    content_type: Annotated[str | None, says("its Content-Type", "text/plain"), unless("as follows from that")] = None
    body: Annotated[
        Any,
        says(
            "a tree that is sent as JSON; may hold `{{ … }}` over `event`, `body`, "
            "`whole`, `vars`, `secret`, and in `ack` `ids`",
            {"status": "0000", "ids": "{{ ids }}"},
        ),
        unless("nothing"),
    ] = msgspec.UNSET
    text: Annotated[
        Braced | None, says("a text in place of `body`, over the same names", "success"), unless("nothing")
    ] = None
    encrypted: Annotated[
        bool | str | dict[str, Any],
        says(
            "true: sealed by the key of `decrypt`. A tree or a text instead: what that stands in, knowing "
            "`encrypt` (the sealed text), `timestamp` (milliseconds) and `nonce`",
            True,
            {"encrypt": "{{ encrypt }}", "nonce": "{{ nonce }}"},
        ),
    ] = False

    def __post_init__(self) -> None:
        if self.body is not msgspec.UNSET and self.text is not None:
            raise ValueError(_("body and text exclude each other: keep one of them"))


class RefusedWords(Words, frozen=True, kw_only=True):
    """What a sender is answered that doesn't prove itself; the same each time."""

    status: Annotated[Status, says("the status of the answer", 498)] = 401
    content_type: Annotated[
        str | None, says("its Content-Type", "application/json"), unless("as follows from the text")
    ] = None
    text: Annotated[str, says("what it says, the same each time", '{"code": 1}'), unless("nothing")] = ""


class HandshakeWords(Words, frozen=True, kw_only=True):
    """A request by which a platform tries an address, answered by itself."""

    answer: Annotated[
        AnswerWords,
        says(
            "what it is answered; knows `secret`, the one that proved it, the first where none did",
            {"body": {"challenge": "{{ body.challenge }}"}},
        ),
    ]
    when: Annotated[
        Bare | None,
        says(
            "which requests are meant, over `event`, `body`, `whole`, `vars`; what it misses, it isn't",
            "body.type == 'url_verification'",
        ),
        unless("all"),
    ] = None
    method: Annotated[Literal["POST", "GET"], says("`/in/NAME` answers GET for handshakes alone", "GET")] = "POST"
    verify: Annotated[
        Vocabulary | None,
        says("how it proves itself, where that isn't the source's own", {"algorithm": "none"}),
        unless("as events do"),
    ] = None
    decrypt: Annotated[
        DecryptWords | None,
        says(
            "what is sealed in it, where that isn't the source's own",
            {"kind": "wecom", "query": "echostr", "key": "{{ vars.aes_key }}", "owner": "{{ vars.corp }}"},
        ),
        unless("as in events"),
    ] = None


class Beside(Words, frozen=True, kw_only=True):
    """All of them; what a source says beats what its scheme says."""

    type: Annotated[
        Braced | None, says("the event's type", "{{ body.type }}"), unless("what the scheme says, else empty")
    ] = None
    id: Annotated[
        Braced | None,
        says("what makes it the same event", "{{ body.number }}/{{ body.event }}"),
        unless("what the scheme says, else a hash of the body"),
    ] = None
    on_differs: Annotated[
        Literal["hold", "ignore"] | None,
        says("same id, other body: `hold` (a new event, held) or `ignore` (the first stands)", "hold"),
        unless("as the scheme says; `hold` where `id` is set"),
    ] = None
    shape: Annotated[list[ShapeName] | None, says("what is taken", ["json"]), unless("all three")] = None
    handshake: Annotated[
        list[HandshakeWords] | None,
        says(
            "requests by which the platform tries the address, answered by themselves",
            [{"when": "body.type == 'url_verification'", "answer": {"body": {"challenge": "{{ body.challenge }}"}}}],
        ),
        unless("none"),
    ] = None
    decrypt: Annotated[
        DecryptWords | None,
        says("how what is sealed is opened", {"kind": "feishu", "field": "encrypt", "key": "{{ vars.key }}"}),
        unless("nothing is sealed"),
    ] = None
    split: Annotated[
        Braced | None,
        says("the list of the events in one POST; `body` is then one of them, `whole` the POST", "{{ body.events }}"),
        unless("one"),
    ] = None
    ack: Annotated[
        AnswerWords | None,
        says("the answer to an event, where the platform wants its own", {"text": "success"}),
        unless("Relay's own"),
    ] = None
    refused: Annotated[
        RefusedWords | None, says("the answer to what isn't proven", {"status": 498}), unless("401 and why")
    ] = None
