"""Requests' bodies, counted as they stream: one by one, and together, for nobody has proved anything yet."""

from starlette.requests import ClientDisconnect, Request

from relay.errors import Refused

ROOM = 256 << 20
RETRY_AFTER_S = 5


class Bodies:
    """Reads bodies of which no more than `room` bytes are under way at once."""

    def __init__(self, room: int = ROOM) -> None:
        self._free = room

    async def read(self, request: Request, limit: int) -> bytes:
        """Raises Refused: 413 once there is more than `limit`, 503 where there is no room. The server reads on, so that
        the sender hears it."""
        chunks, size = [], 0
        try:
            async for chunk in request.stream():
                chunks.append(chunk)
                size += len(chunk)
                self._free -= len(chunk)
                self._check(size, limit)
        except ClientDisconnect:
            raise Refused(400, "cut", "the body ended before its end") from None
        finally:
            self._free += size
        return b"".join(chunks)

    def _check(self, size: int, limit: int) -> None:
        if size > limit:
            raise Refused(413, "too_large", f"a body may have {limit} bytes")
        if self._free < 0:
            raise Refused(503, "busy", "too much comes at once; send it again", RETRY_AFTER_S)
