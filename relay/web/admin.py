"""Whether a request came in where /api and /metrics are: `server.admin` gives these a socket of their own."""

from starlette.types import ASGIApp, Receive, Scope, Send

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - only looked for


def either(admin: tuple[str, int], inside: ASGIApp, outside: ASGIApp) -> ASGIApp:
    """`inside` for what was sent to the socket of `admin` (address and port, as the socket has them), else `outside`.
    Told by the connection: a header could claim it."""

    async def sorted_out(scope: Scope, receive: Receive, send: Send) -> None:
        here = scope["type"] == "http" and _came_to(admin, scope["server"])
        await (inside if here else outside)(scope, receive, send)

    return sorted_out


def _came_to(admin: tuple[str, int], server: tuple[str, int]) -> bool:
    host, port = admin
    return server[1] == port and (host in EVERYWHERE or server[0] == host)
