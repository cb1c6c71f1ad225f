"""One request of a delivery and what was heard of it: authorise, send, judge. Every request of an attempt goes through
here: what is posted, lookups, and whatever else a conversation asks."""

import time
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from relay.destination import Answer, Destination, Request
from relay.errors import Unanswered, Unsent
from relay.outcome import LaneEffect, Outcome, Verdict
from relay.sendable import bounded
from relay.store import Hold, Lanes

LATE = Verdict(
    outcome=Outcome.RETRY, reason="the lease ended before anything was sent", lane=LaneEffect.NONE, sent=False
)


class Sender(Protocol):
    async def send(self, request: Request, timeout_ms: int, fresh: bool) -> Answer: ...


class Turn(Protocol):
    """The lease of one claimed delivery."""

    hold: Hold

    async def comes(self) -> bool:
        """Waits for the attempt's start; false where it isn't to begin any more."""

    def lasts(self) -> bool:
        """Whether the delivery is surely still this worker's."""


class Edge(msgspec.Struct, frozen=True):
    """What attempts reach out with. `fault_verdict`: what a request without a whole answer came to.
    `cancel`: ends a delivery that isn't posted, for the reversal named second; false where it is on its way."""

    store: Lanes
    sender: Sender
    fault_verdict: Callable[[Unsent | Unanswered], Verdict]
    cancel: Callable[[str, str], Awaitable[bool]]


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a request. `started`: seconds since 1970; `request`: as it was sent, None where it wasn't; `answer`:
    None where there is no whole one."""

    verdict: Verdict
    started: float
    took_ms: int = 0
    request: Request | None = None
    answer: Answer | None = None


class Exchange:
    """The requests of one delivery to its destination, for as long as its turn lasts."""

    def __init__(self, destination: Destination, turn: Turn, edge: Edge) -> None:
        self._destination, self._turn, self._edge = destination, turn, edge

    async def ask(self, request: Request, judge: Callable[[Answer], Verdict], *, fresh: bool = False) -> Heard:
        """Sends a request that has everything but credentials, unless the lease is over; raises nothing that sending
        may come to. `fresh`: on a connection of its own, where doubt would cost a person."""
        started, began = time.time(), time.monotonic()
        if not self._turn.lasts():
            return Heard(verdict=LATE, started=started)
        sent, answer = None, None
        try:
            sent = self._destination.auth.authorise(bounded(request, self._destination.hosts))
            answer = await self._edge.sender.send(sent, self._destination.limits.timeout_ms, fresh)
            verdict = judge(answer)
        except (Unsent, Unanswered) as fault:
            verdict = self._edge.fault_verdict(fault)
        took_ms = int((time.monotonic() - began) * 1000)
        return Heard(verdict=verdict, started=started, took_ms=took_ms, request=sent, answer=answer)
