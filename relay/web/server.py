"""The HTTP server: uvicorn with uvloop and httptools on a socket of ours, bounded against slow and many senders."""

import asyncio
import resource
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from relay.announcing import announce
from relay.web.listening import BACKLOG
from relay.web.protocol import PatientProtocol

MAX_CONNECTIONS = 4000
SPARE_FILES = 100  # for Redis connections, configuration and logs
LOOKS_EVERY_S = 0.05


class Server(uvicorn.Server):
    """On SIGTERM or SIGINT it takes no new connections, answers what came and returns; a second one hurries it.

    A connection that is closed while its sender begins a request on it would be a webhook refused. So senders that keep
    theirs are told by their next answer to close it, and those that are silent for `leaves_s` are closed.
    """

    leaves_s = 1.0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        announce("READY=1")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        announce("STOPPING=1")
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        await self._take_leave()
        await super().shutdown()

    async def _take_leave(self) -> None:
        loop = asyncio.get_running_loop()
        ends = loop.time() + self.leaves_s
        for connection in self.server_state.connections:
            cast(PatientProtocol, connection).take_leave()
        while self.server_state.connections and not self.force_exit and loop.time() < ends:  # noqa: ASYNC110
            await asyncio.sleep(LOOKS_EVERY_S)

    def stop(self) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn's own would raise the signal again at the end, and a clean stop would look like a death."""
        loop = asyncio.get_running_loop()
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(one, self.stop)
        try:
            yield
        finally:
            for one in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(one)


def make_server(app: ASGIApp, deadline_s: float = 10, grace_s: int = 15, connections: int = MAX_CONNECTIONS) -> Server:
    """A server for `app`, not yet running: `make_server(app).run([listen(host, port)])` returns when it was stopped.

    A sender has `deadline_s` for a request; after SIGTERM, answers have `grace_s`.
    """
    limits = {"deadline_s": deadline_s, "max_connections": _affordable(connections)}
    config = uvicorn.Config(
        app,
        http=type("LimitedProtocol", (PatientProtocol,), limits),
        ws="none",
        loop="uvloop",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=grace_s,
        backlog=BACKLOG,
    )
    return Server(config)


def _affordable(connections: int) -> int:
    """As many of them as this process may have files; its soft limit is raised for that."""
    wanted = connections + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted - SPARE_FILES
