"""A line for each request, and what is counted of it. No query, and of a path only what surely is no secret."""

import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from relay import metrics
from relay.configuration import Config
from relay.errors import Refused
from relay.signals import Ids, Signal, tell, tells
from relay.web.sender import sender_of

OWN = ("/api/", "/health/", "/metrics")
ASKED_BY_MACHINES = ("/health/", "/metrics")
LONGEST = 200
HIDDEN = "***"


class Access:
    """`config` gives the configuration in force. `began` is when a request came, by `time.perf_counter`."""

    def __init__(self, config: Callable[[], Config]) -> None:
        self._config = config

    def answered(self, scope: Scope, status: int, began: float) -> None:
        """What a source sent was taken, or was refused in the words of its platform."""
        if status >= 400:
            return self.refused(scope, Refused(status, "unauthorised", ""), began)
        source, took_s = _source(scope), time.perf_counter() - began
        metrics.answer_s[source].observe(took_s)
        if tells(Signal.REQUEST_TAKEN):
            tell(Signal.REQUEST_TAKEN, source=source, status=status, ms=_ms(took_s), sender=self._sender(scope))
        return None

    def refused(self, scope: Scope, error: Refused, began: float) -> None:
        """A request of a source, or of one that says it is."""
        source = self._known(scope)
        metrics.refused[source or "", error.code].inc()
        ids: Ids = {"source": source, "code": error.code, "status": error.status}
        tell(Signal.EVENT_REFUSED, **ids, ms=_ms(time.perf_counter() - began), sender=self._sender(scope))

    def failed(self, scope: Scope, error: Exception) -> None:
        """A fault of Relay's own."""
        metrics.refused[self._known(scope) or "", "broken"].inc()
        tell(Signal.REQUEST_FAILED, "", error, path=_shown(scope), status=500, sender=self._sender(scope))

    def over(self, app: ASGIApp) -> ASGIApp:
        """The application, with a line for each answer of it."""

        async def told(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                return await app(scope, receive, send)
            began, status = time.perf_counter(), 500

            async def noted(message: Message) -> None:
                nonlocal status
                status = message.get("status", status)
                await send(message)

            try:
                await app(scope, receive, noted)
            except Exception as error:
                self.failed(scope, error)
                raise
            return self._passed(scope, status, began)

        return told

    def _passed(self, scope: Scope, status: int, began: float) -> None:
        asked_often = scope["path"].startswith(ASKED_BY_MACHINES)
        passed = Signal.REQUEST_CHECKED if asked_often else Signal.REQUEST_ANSWERED
        signal = passed if status < 400 else Signal.REQUEST_REFUSED
        ids: Ids = {"method": scope["method"], "path": _shown(scope), "status": status}
        tell(signal, **ids, ms=_ms(time.perf_counter() - began), sender=self._sender(scope))

    def _known(self, scope: Scope) -> str | None:
        return source if (source := _source(scope)) in self._config().sources else None

    def _sender(self, scope: Scope) -> str:
        peer, trusted = scope["client"][0] if scope["client"] else "", self._config().trusted_proxies
        if not trusted:
            return peer
        forwarded = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
        return sender_of(", ".join(forwarded), peer, trusted)


def refused_early(status: int, code: str, client: tuple[str, int] | None) -> None:
    """What never came whole, so that nothing is known of it."""
    metrics.refused["", code].inc()
    tell(Signal.REQUEST_REFUSED, status=status, code=code, sender=client[0] if client else "")


def _source(scope: Scope) -> str:
    path: str = scope["path"]
    return path.split("/", 3)[2]


def _shown(scope: Scope) -> str:
    """Senders' addresses may hold their secret, wherever they have put it; those of Relay's own have none."""
    path: str = scope["path"]
    if path.startswith(OWN):
        return path[:LONGEST]
    return f"/{path.split('/')[1]}/{HIDDEN}" if path.startswith(("/in/", "/confirm/")) else f"/{HIDDEN}"


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
