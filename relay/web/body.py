"""A request's body, counted as it streams."""

from starlette.requests import ClientDisconnect, Request

from relay.errors import Refused


async def body_of(request: Request, limit: int) -> bytes:
    """Raises Refused (413) once there is more than `limit`; the server reads on, so that the sender hears it."""
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                raise Refused(413, "too_large", f"a body may have {limit} bytes")
    except ClientDisconnect:
        raise Refused(400, "cut", "the body ended before its end") from None
    return b"".join(chunks)
