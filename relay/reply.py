"""What a sender is answered, where its platform wants more than Relay's own answer: compiled at load. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from relay.decryption import Decryption
from relay.language.expression import Value
from relay.language.pieces import Layer
from relay.language.tree import Tree
from relay.money import encode_json

JSON, TEXT = "application/json", "text/plain; charset=utf-8"


class Reply(msgspec.Struct, frozen=True):
    """An answer to a sender. An empty `content_type` is none."""

    status: int
    content_type: str = ""
    body: bytes = b""


class Sealing(msgspec.Struct, frozen=True, kw_only=True):
    """What an encrypted answer needs: the key that is used, chance, the time in milliseconds since 1970."""

    way: Decryption
    random: bytes
    now_ms: int


class ReplyPlan(msgspec.Struct, frozen=True, kw_only=True):
    """`content`: a tree becomes JSON, a Value text, None nothing. `encrypted`: it goes out sealed; `envelope` is what
    it then stands in, and sees `encrypt`, `timestamp` (ms) and `nonce`. `fixed`: the reply, where it never changes."""

    status: int
    content_type: str | None = None
    content: Tree | Value | None = None
    encrypted: bool = False
    envelope: Tree | Value | None = None
    fixed: Reply | None = None

    def made(self, names: Mapping[str, Any], sealing: Sealing | None = None) -> Reply:
        """Raises ExpressionError."""
        if self.fixed:
            return self.fixed
        kind, body = _written(self.content, names)
        if self.encrypted and sealing:
            kind, body = self._sealed(body, names, sealing)
        return Reply(self.status, self.content_type or kind, body)

    def _sealed(self, body: bytes, names: Mapping[str, Any], sealing: Sealing) -> tuple[str, bytes]:
        sealed = sealing.way.encrypt(body, sealing.random)
        if self.envelope is None:
            return (TEXT, sealed.encode()) if isinstance(sealed, str) else (JSON, encode_json(sealed))
        more = {"encrypt": sealed, "timestamp": sealing.now_ms, "nonce": sealing.random.hex()[:16]}
        return _written(self.envelope, Layer(names, more))


def _written(content: Tree | Value | None, names: Mapping[str, Any]) -> tuple[str, bytes]:
    if content is None:
        return "", b""
    if isinstance(content, Tree):
        return JSON, encode_json(content.render(names))
    return TEXT, content.printed(names).encode()
