"""The listening socket."""

import socket
from typing import Any

from relay.errors import RelayError

BACKLOG = 2048


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
