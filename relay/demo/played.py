"""A small real HTTP server on loopback that can go down and come back under the same address."""

import socket
from abc import ABC, abstractmethod
from typing import Any

from aiohttp import web

from relay.money import encode_json

HOST = "127.0.0.1"


class Played(ABC):
    """`url` is its own from the start; while it is down, connections are refused."""

    def __init__(self) -> None:
        self._socket = _bound(0)
        self._port: int = self._socket.getsockname()[1]
        self._runner: web.ServerRunner | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}"

    @abstractmethod
    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """What it says to one request."""

    async def up(self) -> None:
        self._runner = web.ServerRunner(web.Server(self.answer, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket).start()

    async def down(self) -> None:
        """Cuts what is connected; the port is kept, so that nobody else takes it meanwhile."""
        await self.end()
        self._socket = _bound(self._port)

    async def end(self) -> None:
        if self._runner:
            await self._runner.cleanup()
        self._runner = None
        self._socket.close()


def said(status: int, content: Any) -> web.Response:
    """A JSON answer."""
    return web.Response(status=status, body=encode_json(content), content_type="application/json")


def _bound(port: int) -> socket.socket:
    """Bound and not listening: it refuses connections."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((HOST, port))
    return bound
