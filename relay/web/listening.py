"""The listening socket: one of its own, or one that whoever started this process handed over.

One that is handed over outlives the process: what connects while web is exchanged waits in it, and nobody is refused.
"""

import socket
from typing import Any

from relay.errors import RelayError, reason_of
from relay.texts import _

BACKLOG = 2048


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A listening socket; port 0 takes a free one. `shared`: with other processes that say so, so that one may begin
    before another ends. Raises RelayError when the address can't be had."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, address = found[0][0], found[0][4]
        return _bind(family, address, shared=shared)
    except OSError as error:
        raise RelayError(
            _("can't listen: {reason}", reason=reason_of(error)),
            f"{host}:{port}",
            _("choose another --host or --port"),
        ) from None


def handed_over(number: int) -> socket.socket:
    """The listening socket that is open under a file's number; systemd gives its first one as 3 (sd_listen_fds(3)).

    Raises RelayError where there is no such thing.
    """
    try:
        found = socket.socket(fileno=number)
    except OSError:
        raise _no_listener(number) from None
    if not _listens(found):
        found.detach()  # whatever it is, it isn't ours to close
        raise _no_listener(number)
    return found


def _listens(found: socket.socket) -> bool:
    tcp = found.type == socket.SOCK_STREAM and found.family in (socket.AF_INET, socket.AF_INET6)
    return tcp and bool(found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def _no_listener(number: int) -> RelayError:
    return RelayError(_("it is no socket that listens for TCP"), f"--fd {number}", _("hand one over, or give --port"))


def _bind(family: int, address: tuple[Any, ...], *, shared: bool) -> socket.socket:
    """Says TCP by its number: without it asyncio doesn't set TCP_NODELAY, and each answer takes 40 ms longer."""
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind(address)
        bound.listen(BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound
