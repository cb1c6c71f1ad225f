"""uvicorn's HTTP protocol with what it lacks: slow senders are let go, heads and framing are bounded.

A sender has `deadline_s` from connecting to its first whole request, and from the first byte of each later one to its
last. The time that the application takes is never counted. Bodies are counted by the application as they stream.
"""

import asyncio
import http
import json
from typing import Any, ClassVar, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from relay.web.access import refused_early
from relay.web.together import Together

MAX_HEAD_BYTES, MAX_HEADERS = 64 * 1024, 200
CHUNK_OVERHEAD = 6  # bytes on the wire for one byte of body, in chunks of one byte
REFUSALS = {
    400: ("bad_request", "this isn't valid HTTP/1.1"),
    408: ("too_slow", "the request didn't come in time"),
    431: ("headers_too_large", f"at most {MAX_HEADERS} headers and {MAX_HEAD_BYTES} bytes of them"),
}


class HeadError(Exception):
    """Ends the parsing; httptools hands it on as a parser error."""


class PatientProtocol(HttpToolsProtocol):
    """`deadline_s`: how long a sender may take over a request. `max_connections`: what is open beyond is closed."""

    deadline_s: ClassVar[float] = 10
    max_connections: ClassVar[int] = 4000

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._timer: asyncio.TimerHandle | None = None
        self._partial = self._in_head = self._too_large = self._leaving = False
        self._head_bytes = self._excess = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.transport = cast(asyncio.Transport, Together(transport, self.loop))
        if len(self.connections) > self.max_connections:
            transport.abort()
        else:
            self._start_timer()

    def take_leave(self) -> None:
        """The next answer, or the one that is due, says that it is the last."""
        self._leaving = True
        if self.cycle is not None:
            self.cycle.keep_alive = False

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        self._excess += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self._refuse(431 if self._too_large else 400)
        else:
            self._watch()

    def _watch(self) -> None:
        """A request that came in one piece needs no timer."""
        if self._excess > MAX_HEAD_BYTES:
            self._refuse(431 if self._in_head else 400)
        elif self._timer is None and (self._partial or not self._answer_due()):
            self._start_timer()

    def _feed(self, data: bytes) -> None:
        """An offered upgrade isn't taken. httptools leaves such a request's body out (Java's client sends POSTs so)."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            head, rest = self._head_without_upgrade(), data[offer.args[0] :]
            self.parser = httptools.HttpRequestParser(self)
            self.parser.feed_data(head + rest)

    def _head_without_upgrade(self) -> bytes:
        line = b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        headers = [name + b": " + value for name, value in self.headers if name != b"upgrade"]
        return b"\r\n".join([line, *headers, b"", b""])

    def _should_upgrade(self) -> bool:
        """What uvicorn asks before it takes the request that offers one for a request: `_feed` makes it one first."""
        return True

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self.cycle is not None:
            self._stop_timer()
        self._partial = self._in_head = True
        self._head_bytes = self._excess = 0

    def on_url(self, url: bytes) -> None:
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Trailers come here too. They are left out: the application has seen its headers by then."""
        self._count_head(len(name) + len(value))
        if self._in_head:
            super().on_header(name, value)
            if len(self.headers) > MAX_HEADERS:
                self._end_parsing()

    def on_headers_complete(self) -> None:
        self._in_head, self._excess = False, 0
        super().on_headers_complete()
        if self._leaving and self.cycle is not None:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._excess -= CHUNK_OVERHEAD * len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        if not self.parser.should_upgrade():
            self._partial = False
            self._stop_timer()
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """A pipelined request that had to wait for this answer has its whole time yet."""
        super().on_response_complete()
        if self._timer and not self.cycle.response_complete:
            self._start_timer()

    def _count_head(self, length: int) -> None:
        self._head_bytes += length
        if self._head_bytes > MAX_HEAD_BYTES:
            self._end_parsing()

    def _end_parsing(self) -> None:
        self._too_large = True
        raise HeadError

    def _start_timer(self) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(self.deadline_s, self._let_go)

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _let_go(self) -> None:
        self._stop_timer()
        if self.flow.read_paused or self._answer_due():
            self._start_timer()
        else:
            self._refuse(408)

    def _answer_due(self) -> bool:
        """Whether a request that came whole waits for its answer."""
        cycle = self.cycle
        return bool(self.pipeline) or (cycle is not None and not cycle.more_body and not cycle.response_complete)

    def _unanswered(self) -> bool:
        """Whether a part of a request came that nothing was answered to, so that an answer is taken for its own."""
        return not self._answer_due() and (
            self._in_head or (self.cycle is not None and not self.cycle.response_started)
        )

    def _refuse(self, status: int) -> None:
        """Answers what came, if that can be, and closes; the application hears of a disconnect."""
        if self._unanswered():
            refused_early(status, REFUSALS[status][0], self.client)
            self.transport.write(_answer(status, self.server_state.default_headers))
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()


def _answer(status: int, headers: list[tuple[bytes, bytes]]) -> bytes:
    error, detail = REFUSALS[status]
    body = json.dumps({"error": error, "detail": detail}).encode()
    own = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), (b"connection", b"close")]
    lines = [b"HTTP/1.1 %d %s" % (status, http.HTTPStatus(status).phrase.encode())]
    lines += [name + b": " + value for name, value in headers + own]
    return b"\r\n".join([*lines, b"", body])
