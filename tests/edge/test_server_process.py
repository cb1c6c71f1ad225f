"""The server as a process of its own, with uvloop, stopped by a signal."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("served.py")


@pytest.fixture
def process(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen]:
    """Takes leave for a second, or as its parameter says."""
    command = [sys.executable, str(PROGRAM), str(getattr(request, "param", 1))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=20):
            return True
    except (ConnectionRefusedError, ConnectionResetError):
        return False


def test_after_sigterm_it_takes_nothing_new_and_answers_what_had_begun(process: subprocess.Popen) -> None:
    port = int(process.stdout.readline())
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire, wire.makefile("rb") as answer:
        wire.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        assert answer.readline() == b"HTTP/1.1 100 Continue\r\n"
        process.send_signal(signal.SIGTERM)
        while listens(port):
            pass
        wire.sendall(b"abcd")
        assert answer.read().endswith(b"connection: close\r\n\r\n4 bytes")
    assert process.communicate(timeout=20)[0] == "clean\n"
    assert process.returncode == 0


def test_idle_connections_hold_nothing_up(process: subprocess.Popen) -> None:
    port = int(process.stdout.readline())
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        wire.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wire.recv(100).startswith(b"HTTP/1.1 200 ")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


@pytest.mark.parametrize("process", [60], indirect=True)
def test_a_kept_connection_is_told_with_its_next_answer_that_it_ends(process: subprocess.Popen) -> None:
    port = int(process.stdout.readline())
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire, wire.makefile("rb") as answer:
        for _ in "12":
            wire.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd")
            assert answer.readline() == b"HTTP/1.1 200 OK\r\n"
            said = b""
            while not said.endswith(b"4 bytes"):
                said += answer.read(1)
            assert b"connection: close" not in said
        process.send_signal(signal.SIGTERM)
        while listens(port):
            pass
        wire.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd")
        assert answer.read().endswith(b"connection: close\r\n\r\n4 bytes")
    assert process.wait(20) == 0
