"""One request of a delivery and what was heard of it: authorise, send, judge, and once more under a new login where
the old one was refused. Every request of an attempt goes through here: what is posted, lookups, whatever else."""

import time
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from relay.destination import Answer, Destination, Request
from relay.errors import LoginRefused, RelayError, Unanswered, Unsent
from relay.outcome import LaneEffect, Outcome, Verdict
from relay.sendable import bounded
from relay.sessions import Live, Sender, Sessions, moment
from relay.store import Hold, Lanes
from relay.texts import _


class Turn(Protocol):
    """The lease of one claimed delivery."""

    hold: Hold

    async def comes(self) -> bool:
        """Waits for the attempt's start; false where it isn't to begin any more."""

    def lasts(self) -> bool:
        """Whether the delivery is surely still this worker's."""


class Edge(msgspec.Struct, frozen=True):
    """What attempts reach out with. `fault_verdict`: what a request without a whole answer came to.
    `cancel`: ends a delivery that isn't posted, for the reversal named second; false where it is on its way.
    `is_in_force`: whether all are to run a version of the configuration; raises StoreUnavailable."""

    store: Lanes
    sender: Sender
    sessions: Sessions
    fault_verdict: Callable[[Unsent | Unanswered], Verdict]
    cancel: Callable[[str, str], Awaitable[bool]]
    is_in_force: Callable[[str], Awaitable[bool]]


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a request. `started`: seconds since 1970; `request`: as it was sent, None where it wasn't; `answer`:
    None where there is no whole one; `secrets`: what a login gave, to be masked where these are shown."""

    verdict: Verdict
    started: float
    took_ms: int = 0
    request: Request | None = None
    answer: Answer | None = None
    secrets: tuple[str, ...] = ()


class Exchange:
    """The requests of one delivery to its destination, for as long as its turn lasts."""

    def __init__(self, destination: Destination, turn: Turn, edge: Edge) -> None:
        self._destination, self._turn, self._edge = destination, turn, edge

    async def ask(self, request: Request, judge: Callable[[Answer], Verdict], *, fresh: bool = False) -> Heard:
        """Sends a request that has everything but credentials, unless the lease is over; raises nothing that sending
        may come to. `fresh`: on a connection of its own, where doubt would cost a person.

        Where the answer is that it isn't authorised, it is sent once more, unchanged, under a new login. If another
        worker has logged in meanwhile, that one's session is tried first: it may be over as well."""
        heard, live = await self._once(request, judge, fresh, None)
        for _again in range(2):
            if live is None or heard.verdict.outcome is not Outcome.UNAUTHORISED:
                break
            again, newer = await self._once(request, judge, fresh, live.id)
            if again.request is None:
                return msgspec.structs.replace(heard, verdict=again.verdict)
            heard, live = again, newer if newer and not newer.own else None
        return heard

    async def _once(
        self, request: Request, judge: Callable[[Answer], Verdict], fresh: bool, refused: str | None
    ) -> tuple[Heard, Live | None]:
        started, began = time.time(), time.monotonic()
        try:
            bound = bounded(request, self._destination.hosts)
            live = await self._live(refused)
            if not self._turn.lasts():
                return Heard(verdict=_late(), started=started), live
            sent = self._authorised(bound, live)
        except Unsent as fault:
            return Heard(verdict=self._edge.fault_verdict(fault), started=started), None
        verdict, answer = await self._judged(sent, judge, fresh)
        took_ms = int((time.monotonic() - began) * 1000)
        secrets = live.secrets if live else ()
        heard = Heard(verdict=verdict, started=started, took_ms=took_ms, request=sent, answer=answer, secrets=secrets)
        return heard, live

    async def _live(self, refused: str | None) -> Live | None:
        login = self._destination.auth.login
        return await self._edge.sessions.current(self._destination, login, refused) if login else None

    def _authorised(self, request: Request, live: Live | None) -> Request:
        try:
            return self._destination.auth.authorise(request, live.session if live else None, moment())
        except RelayError as fault:
            raise LoginRefused(f"auth: {fault}") from None

    async def _judged(
        self, sent: Request, judge: Callable[[Answer], Verdict], fresh: bool
    ) -> tuple[Verdict, Answer | None]:
        to = self._destination
        try:
            answer = await self._edge.sender.send(sent, to.limits.timeout_ms, fresh, to.identity)
        except (Unsent, Unanswered) as fault:
            return self._edge.fault_verdict(fault), None
        return judge(answer), answer


def _late() -> Verdict:
    what = _("the lease ended before anything was sent")
    return Verdict(outcome=Outcome.RETRY, reason=what, lane=LaneEffect.NONE, sent=False)
