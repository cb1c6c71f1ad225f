"""The address at which a destination says what became of one delivery: it can't be guessed, and is masked in logs."""

import hashlib
import hmac

import msgspec

from relay.destination import Answer

PATH = "/confirm/"
_MARK = "cfm_"


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """What a destination posted there."""

    content_type: str
    body: bytes

    def as_answer(self) -> Answer:
        """As result rules see it: they ask for its body."""
        return Answer(status=200, headers={"content-type": self.content_type}, body=self.body)


pack = msgspec.msgpack.Encoder().encode
unpack = msgspec.msgpack.Decoder(Posted).decode


def token(key: bytes, delivery: str) -> str:
    """What proves that whoever posts was told the address. Its beginning is what `Mask` knows it by."""
    return _MARK + hmac.new(key, delivery.encode(), hashlib.sha256).hexdigest()[:40]


def is_token(key: bytes, delivery: str, said: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(token(key, delivery).encode(), said.encode("utf-8", "surrogatepass"))


def address(public_url: str, key: bytes, delivery: str) -> str:
    """Where a destination posts what became of the delivery."""
    return f"{public_url}{PATH}{delivery}/{token(key, delivery)}"
