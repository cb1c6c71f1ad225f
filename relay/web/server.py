"""The HTTP server: uvicorn with uvloop and httptools on a socket of ours, bounded against slow and many senders."""

import asyncio
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from relay.web.listening import BACKLOG
from relay.web.protocol import PatientProtocol

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
