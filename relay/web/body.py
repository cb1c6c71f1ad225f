"""Requests' bodies, counted as they stream: one by one, and together, for nobody has proved anything yet."""

from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from relay.errors import Refused
from relay.texts import _

ROOM = 256 << 20
RETRY_AFTER_S = 5
HEARD_OUT = 16 << 20


class Bodies:
    """Reads bodies of which no more than `room` bytes are under way at once."""

    def __init__(self, room: int = ROOM) -> None:
        self._free = room

    async def read(self, receive: Receive, limit: int) -> bytes:
        """Raises Refused: 413 once there is more than `limit`, 503 where there is no room. A sender is heard out first:
        one that is cut off while it sends doesn't hear why."""
        try:
            part, more = await _part(receive)
            if more:
                return await self._streamed(part, _parts(receive), limit)
        except ClientDisconnect:
            raise Refused(400, "cut", _("the body ended before its end")) from None
        self._check(len(part), self._free - len(part), limit)
        return part

    async def _streamed(self, first: bytes, rest: AsyncIterator[bytes], limit: int) -> bytes:
        try:
            return await self._counted(first, rest, limit)
        except Refused:
            await _hear_out(rest)
            raise

    async def _counted(self, first: bytes, rest: AsyncIterator[bytes], limit: int) -> bytes:
        chunks, size = [first], len(first)
        self._free -= size
        try:
            self._check(size, self._free, limit)
            async for chunk in rest:
                chunks.append(chunk)
                size += len(chunk)
                self._free -= len(chunk)
                self._check(size, self._free, limit)
        finally:
            self._free += size
        return b"".join(chunks)

    def _check(self, size: int, free: int, limit: int) -> None:
        if size > limit:
            raise Refused(413, "too_large", _("a body may have {limit} bytes", limit=limit))
        if free < 0:
            raise Refused(503, "busy", _("too much comes at once; send it again"), RETRY_AFTER_S)


async def _part(receive: Receive) -> tuple[bytes, bool]:
    """What came, and whether there is more to come. Raises ClientDisconnect."""
    part = await receive()
    if part["type"] == "http.disconnect":
        raise ClientDisconnect
    return part.get("body", b""), part.get("more_body", False)


async def _parts(receive: Receive) -> AsyncIterator[bytes]:
    """The rest of a body, as it comes. Raises ClientDisconnect."""
    more = True
    while more:
        part, more = await _part(receive)
        yield part


async def _hear_out(parts: AsyncIterator[bytes]) -> None:
    """Reads the rest and keeps none of it, up to HEARD_OUT bytes and as long as the server lets a sender take."""
    heard = 0
    with suppress(ClientDisconnect):
        async for part in parts:
            heard += len(part)
            if heard > HEARD_OUT:
                return
