"""An event: one webhook accepted from a source, kept byte for byte as it came."""

from typing import Any

import msgspec


class LetIn(msgspec.Struct, frozen=True, array_like=True):
    """Who let in what was refused at first, and why; times in ms since 1970."""

    by: str
    note: str
    at_ms: int
    came_ms: int


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """`headers` have lower-case names; `config` is the version of routes.yaml that routed it, into the `routes` that it
    took and the ids of its `deliveries`. Where several events came in one POST, `body` is the item, as JSON; `part` its
    place, from 1; and `post` says where the whole is kept, which `whole` holds where it was asked for.
    `bare_ms`: when its body was removed, having been kept for as long as routes.yaml says. `let_in`: of one that was
    refused at first."""

    id: str
    source: str
    type: str
    external_id: str
    headers: dict[str, str]
    body: bytes
    config: str
    routes: tuple[str, ...] = ()
    deliveries: tuple[str, ...] = ()
    part: int | None = None
    post: str | None = None
    whole: bytes | None = None
    bare_ms: int | None = None
    let_in: LetIn | None = None

    @property
    def content_type(self) -> str:
        if self.post:
            return "application/json"
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


# Kept as a number, which is the place here: add at the end, and never take out.
COMMON = (
    *("content-type", "content-length", "user-agent", "host", "accept", "accept-encoding", "connection", "date"),
    *("webhook-id", "webhook-timestamp", "webhook-signature", "x-request-id", "x-forwarded-for", "x-forwarded-proto"),
    *("x-forwarded-host", "x-real-ip", "traceparent", "stripe-signature", "x-hub-signature-256", "x-signature"),
)
NUMBERS = {name: number for number, name in enumerate(COMMON)}


class _Packed(msgspec.Struct, frozen=True, array_like=True):
    """By place, and without the id, which is the key. New fields come last, with a default."""

    source: str
    type: str
    external_id: str
    headers: dict[str | int, str]
    body: bytes
    config: str
    routes: tuple[str, ...]
    deliveries: tuple[str, ...]
    part: int | None = None
    post: str | None = None
    bare_ms: int | None = None
    let_in: LetIn | None = None


_encoder = msgspec.msgpack.Encoder()
_decoder, _by_name = msgspec.msgpack.Decoder(_Packed), msgspec.msgpack.Decoder(Event)


def pack(event: Event) -> bytes:
    """The event as the bytes that the store keeps under its id."""
    headers = {NUMBERS.get(name, name): value for name, value in event.headers.items()}
    places = (event.source, event.type, event.external_id, headers, event.body, event.config)
    seldom = (event.part, event.post, event.bare_ms, event.let_in)
    more = seldom if event.bare_ms or event.let_in else seldom[:2] if event.post else ()
    return _encoder.encode((*places, event.routes, event.deliveries, *more))


def bare(event: Event, now_ms: int) -> Event:
    """What is left of it once its body is removed. `now_ms`: since 1970."""
    return msgspec.structs.replace(event, body=b"", whole=None, bare_ms=event.bare_ms or now_ms)


def unpack(id_: str, data: bytes) -> Event:
    """Also from layout 1, which kept it by name. Raises msgspec.DecodeError or ValueError on bytes that aren't one."""
    if data[:1] < b"\x90":  # a msgpack map
        return _by_name.decode(data)
    packed = _decoder.decode(data)
    return Event(
        id=id_,
        source=packed.source,
        type=packed.type,
        external_id=packed.external_id,
        headers={_name(key): value for key, value in packed.headers.items()},
        body=packed.body,
        config=packed.config,
        routes=packed.routes,
        deliveries=packed.deliveries,
        part=packed.part,
        post=packed.post,
        bare_ms=packed.bare_ms,
        let_in=packed.let_in,
    )


def _name(key: str | int) -> str:
    if isinstance(key, str):
        return key
    if not 0 <= key < len(COMMON):
        raise ValueError(f"header number {key} is unknown")
    return COMMON[key]


def event_id(now_ms: int, random: bytes) -> str:
    """An id that sorts by time: milliseconds, then 8 random bytes."""
    return f"evt_{now_ms:011x}{random[:8].hex()}"


def post_id(now_ms: int, random: bytes) -> str:
    """The same for a POST that holds several events."""
    return f"post_{now_ms:011x}{random[:8].hex()}"
