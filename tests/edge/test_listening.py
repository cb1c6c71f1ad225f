"""A socket that is handed over: it must be one that listens, and whatever else it is stays as it was."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from relay.announcing import announce
from relay.errors import RelayError
from relay.web.listening import handed_over


@contextmanager
def copied(found: socket.socket) -> Iterator[int]:
    """Its number in a copy, as a process gets it."""
    number = os.dup(found.fileno())
    try:
        yield number
    finally:
        os.close(number)


def test_a_socket_that_listens_is_taken_as_it_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as given, handed_over(os.dup(given.fileno())) as taken:
        assert taken.getsockname() == given.getsockname()
        assert taken.proto == socket.IPPROTO_TCP


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_UNIX])
def test_one_that_does_not_listen_for_tcp_is_refused_and_left_open(family: socket.AddressFamily) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as given, copied(given) as number:
        with pytest.raises(RelayError, match=f"--fd {number}"):
            handed_over(number)
        assert os.fstat(number)


def test_a_number_of_no_socket_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file, pytest.raises(RelayError, match="no socket that listens"):
        handed_over(file.fileno())


@pytest.mark.parametrize("abstract", [False, True])
def test_who_started_the_process_is_told_by_the_socket_that_it_named(abstract: bool, tmp_path: Path) -> None:
    name = f"@relay-{os.getpid()}" if abstract else str(tmp_path / "said")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.bind(name.replace("@", "\0"))
        announce("READY=1", {"NOTIFY_SOCKET": name})
        assert wire.recv(100) == b"READY=1"


@pytest.mark.parametrize("env", [{}, {"NOTIFY_SOCKET": "nowhere/said"}])
def test_where_nobody_listens_nothing_is_told(env: dict[str, str]) -> None:
    announce("READY=1", env)
