"""HTTP as far as the benchmark's own ERP speaks it: a request with Content-Length, one answer for all."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import cast

BOOKED = json.dumps({"code": "0", "voucher": "V-2026-0001"}).encode()
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(BOOKED), BOOKED)


class Answering(asyncio.Protocol):
    """`heard` is given each request's path, body and the monotonic time of its first byte; where it says False, the
    request is never answered."""

    def __init__(self, heard: Callable[[str, bytes, float], bool]) -> None:
        self._heard = heard
        self._read = b""
        self._began = 0.0
        self._owes = False

    def let_go(self) -> None:
        """Closes the connection if a request on it wasn't answered."""
        if self._owes:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if not self._read:
            self._began = time.monotonic()
        self._read += data
        while self._whole():
            pass

    def _whole(self) -> bool:
        """Takes one request that came whole; whether there was one."""
        head, end, rest = self._read.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0) if end else 0
        if not end or len(rest) < length:
            return False
        self._read = rest[length:]
        if self._heard(head.split(b" ", 2)[1].decode(), rest[:length], self._began):
            self._transport.write(ANSWER)
        else:
            self._owes = True
        return True
