"""Answers that don't arrive whole."""

from aiohttp import web


def cut(request: web.Request) -> None:
    """Ends the connection with a reset."""
    if request.transport:
        request.transport.abort()


async def truncated(request: web.Request, answered: web.Response) -> web.StreamResponse:
    """Half of the body under the whole one's length; of an answer without a body, nothing."""
    body = answered.body if isinstance(answered.body, bytes) else b""
    if not body:
        cut(request)
        return answered
    headers = {**answered.headers, "Content-Length": str(len(body))}
    half = web.StreamResponse(status=answered.status, headers=headers)
    await half.prepare(request)
    await half.write(body[: len(body) // 2])
    cut(request)
    return half
