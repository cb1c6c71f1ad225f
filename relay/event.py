"""An event: one webhook accepted from a source, kept byte for byte as it came."""

from typing import Any

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """`headers` have lower-case names; `config` is the version of routes.yaml that routed it."""

    id: str
    source: str
    type: str
    external_id: str
    headers: dict[str, str]
    body: bytes
    config: str
    routes: tuple[str, ...] = ()

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "application/octet-stream")

    def names(self, received_at: str) -> dict[str, Any]:
        """What an expression sees as `event`."""
        return {
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "external_id": self.external_id,
            "received_at": received_at,
            "headers": self.headers,
        }


_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Event)


def pack(event: Event) -> bytes:
    """The event as the bytes that the store keeps."""
    return _encoder.encode(event)


def unpack(data: bytes) -> Event:
    """Raises msgspec.DecodeError on bytes that aren't an event."""
    return _decoder.decode(data)


def event_id(now_ms: int, random: bytes) -> str:
    """An id that sorts by time: milliseconds, then 8 random bytes."""
    return f"evt_{now_ms:011x}{random[:8].hex()}"
