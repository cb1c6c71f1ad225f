"""Requests' bodies, counted as they stream: one by one, and together, for nobody has proved anything yet."""

from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.requests import ClientDisconnect, Request

from relay.errors import Refused

ROOM = 256 << 20
RETRY_AFTER_S = 5
HEARD_OUT = 16 << 20


class Bodies:
    """Reads bodies of which no more than `room` bytes are under way at once."""

    def __init__(self, room: int = ROOM) -> None:
        self._free = room

    async def read(self, request: Request, limit: int) -> bytes:
        """Raises Refused: 413 once there is more than `limit`, 503 where there is no room. A sender is heard out first:
        one that is cut off while it sends doesn't hear why."""
        parts = _parts(request)
        try:
            return await self._counted(parts, limit)
        except Refused:
            await _hear_out(parts)
            raise
        except ClientDisconnect:
            raise Refused(400, "cut", "the body ended before its end") from None

    async def _counted(self, parts: AsyncIterator[bytes], limit: int) -> bytes:
        chunks, size = [], 0
        try:
            async for chunk in parts:
                chunks.append(chunk)
                size += len(chunk)
                self._free -= len(chunk)
                self._check(size, limit)
        finally:
            self._free += size
        return b"".join(chunks)

    def _check(self, size: int, limit: int) -> None:
        if size > limit:
            raise Refused(413, "too_large", f"a body may have {limit} bytes")
        if self._free < 0:
            raise Refused(503, "busy", "too much comes at once; send it again", RETRY_AFTER_S)


async def _parts(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes. Raises ClientDisconnect."""
    more = True
    while more:
        part = await request.receive()
        if part["type"] == "http.disconnect":
            raise ClientDisconnect
        more = part.get("more_body", False)
        yield part.get("body", b"")


async def _hear_out(parts: AsyncIterator[bytes]) -> None:
    """Reads the rest and keeps none of it, up to HEARD_OUT bytes and as long as the server lets a sender take."""
    heard = 0
    with suppress(ClientDisconnect):
        async for part in parts:
            heard += len(part)
            if heard > HEARD_OUT:
                return
