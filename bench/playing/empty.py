"""python -m bench.playing.empty PORT: Relay's HTTP server with a handler that answers 202 and does nothing."""

import sys

from starlette.types import Receive, Scope, Send

from relay.process import keep_loaded
from relay.web.listening import listen
from relay.web.server import make_server

BODY = b'{"id":"evt_0","deliveries":1}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Ready at once; reads no body."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    status = 202 if scope["method"] == "POST" else 200
    await send({"type": "http.response.start", "status": status, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


async def _live(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


if __name__ == "__main__":
    keep_loaded()
    make_server(app).run([listen("127.0.0.1", int(sys.argv[1]))])
