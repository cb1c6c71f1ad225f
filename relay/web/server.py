"""The HTTP server: uvicorn with uvloop and httptools on a socket of ours, bounded against slow and many senders."""

import asyncio
import resource
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from uvicorn._types import ASGIApplication

from relay.errors import RelayError
from relay.web.protocol import PatientProtocol

BACKLOG = 2048
MAX_CONNECTIONS = 4000
SPARE_FILES = 100  # for Redis connections, configuration and logs


class Server(uvicorn.Server):
    """On SIGTERM or SIGINT it takes no new connections, answers what came and returns; a second one hurries it."""

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


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises RelayError when the address can't be had."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        return _bind(family, address)
    except OSError as error:
        raise RelayError(
            f"can't listen: {error.strerror}", f"{host}:{port}", "choose another --host or --port"
        ) from None


def _bind(family: int, address: tuple[Any, ...]) -> socket.socket:
    """Says TCP by its number: without it asyncio doesn't set TCP_NODELAY, and each answer takes 40 ms longer."""
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound


def make_server(
    app: ASGIApplication, deadline_s: float = 10, grace_s: int = 15, connections: int = MAX_CONNECTIONS
) -> Server:
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
