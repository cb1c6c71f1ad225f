"""The words that stand beside `verify`, the same in a shipped record and under a source in routes.yaml.

Words that contradict each other raise ValueError, which msgspec turns into a ValidationError at the place.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from relay.signatures.vocabulary import Vocabulary

ShapeName = Literal["json", "form", "xml"]
Status = Annotated[int, Meta(ge=200, le=599)]


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a record or of routes.yaml; a key that isn't declared is refused."""


class DecryptWords(Words, frozen=True, kw_only=True):
    """How what is sealed is opened. It stands in `field` (a path, or several: the first that is there) or in `query`.
    `key`: one, or a list while it rolls. `owner`: whom the frame must name. `key_form`: how the key's characters become
    bytes. `text`: a text comes out, and no JSON or XML."""

    kind: Literal["wecom", "feishu", "wechatpay"]
    key: str | list[str]
    field: str | list[str] | None = None
    query: str | None = None
    owner: str | None = None
    key_form: Literal["encoding-aes-key", "yonbip"] = "encoding-aes-key"
    text: bool = False

    def __post_init__(self) -> None:
        if (self.field is None) is (self.query is None):
            raise ValueError("say where it stands: field or query")
        if (self.kind == "wecom") is (self.owner is None):
            raise ValueError("owner goes with wecom, and must be there: whom the frame names")
        if self.kind != "wecom" and self.key_form != "encoding-aes-key":
            raise ValueError("key_form goes with wecom: leave it out")


class AnswerWords(Words, frozen=True, kw_only=True):
    """What a sender is answered: a `body` (a tree, sent as JSON) or a `text`, both with `{{ … }}`; nothing without.
    `encrypted`: it goes out sealed as `decrypt` says; a tree or a text is what the sealed one stands in."""

    status: Status = 200
    content_type: str | None = None
    body: Any = msgspec.UNSET
    text: str | None = None
    encrypted: bool | str | dict[str, Any] = False

    def __post_init__(self) -> None:
        if self.body is not msgspec.UNSET and self.text is not None:
            raise ValueError("body and text exclude each other: keep one of them")


class RefusedWords(Words, frozen=True, kw_only=True):
    """What a sender is answered that doesn't prove itself; the same each time."""

    status: Status = 401
    content_type: str | None = None
    text: str = ""


class HandshakeWords(Words, frozen=True, kw_only=True):
    """A request by which a platform tries an address, answered by itself. `when`: an expression, true unless set.
    `verify`, `decrypt`: where they aren't the scheme's own."""

    answer: AnswerWords
    when: str | None = None
    method: Literal["POST", "GET"] = "POST"
    verify: Vocabulary | None = None
    decrypt: DecryptWords | None = None


class Beside(Words, frozen=True, kw_only=True):
    """All of them; what a source says beats what its scheme says.

    `type`, `id`, `split`: `{{ … }}` texts over `event`, `body`, `whole`, `vars`. `shape`: what is taken; all unless
    set. `ack`: the answer to an event, `refused`: to what isn't proven, where the platform wants its own."""

    type: str | None = None
    id: str | None = None
    on_differs: Literal["hold", "ignore"] | None = None
    shape: list[ShapeName] | None = None
    handshake: list[HandshakeWords] | None = None
    decrypt: DecryptWords | None = None
    split: str | None = None
    ack: AnswerWords | None = None
    refused: RefusedWords | None = None
