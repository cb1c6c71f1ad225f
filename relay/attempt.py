"""One attempt: render, begin, send, judge, settle. Whatever happens, the delivery ends up somewhere."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import msgspec

from relay import rendering
from relay.config.config import Config
from relay.decision import Decision, decide
from relay.delivery import State
from relay.destination import Ambiguous, Answer, Destination, Request
from relay.errors import ExpressionError, StoreUnavailable, Unanswered, Unsent
from relay.leases import Leases
from relay.outcome import LaneEffect, Outcome, Verdict
from relay.rendering import Rendered
from relay.settling import Tried, settlement
from relay.store import Blob, Claimed, Hold, Lanes

T = TypeVar("T")

ROUTE_GONE_MS = 10_000
AGAIN_S = 0.5
LOST = Verdict(outcome=Outcome.UNKNOWN, reason="the worker was lost after it had begun", lane=LaneEffect.NONE)
LATE = Verdict(
    outcome=Outcome.RETRY, reason="the lease ended before anything was sent", lane=LaneEffect.NONE, sent=False
)


class Sender(Protocol):
    async def send(self, request: Request, timeout_ms: int, fresh: bool) -> Answer: ...


class Attempts:
    """Runs attempts of claimed deliveries. `fault_verdict`: what a request without a whole answer came to."""

    def __init__(
        self,
        store: Lanes,
        sender: Sender,
        config: Callable[[], Config],
        leases: Leases,
        fault_verdict: Callable[[Unsent | Unanswered], Verdict],
    ) -> None:
        self._store, self._sender, self._config, self._leases = store, sender, config, leases
        self._fault_verdict = fault_verdict

    async def run(self, claimed: Claimed, hold: Hold, start: Callable[[], Awaitable[bool]]) -> None:
        """From the claim to the settlement. `start` waits for the attempt's turn; false gives it back unbegun."""
        config = self._config()
        destination = config.destinations[claimed.lane]
        if claimed.lost:
            return await self._conclude(claimed, destination, LOST, Tried(started=time.time()))
        if not (claimed.notice or claimed.rendered or config.has_route(claimed.route)):
            return await self._store.give_back(hold, ROUTE_GONE_MS)
        try:
            rendered = _rendered(claimed, destination, config)
        except ExpressionError as fault:
            return await self._end(claimed, State.DEAD, f"mapping: {fault}")
        if claimed.booking:
            return await self._booked(claimed, rendered)
        if not await start():
            return await self._store.give_back(hold, 0)
        return await self._begin(claimed, hold, destination, rendered)

    async def _begin(self, claimed: Claimed, hold: Hold, destination: Destination, rendered: Rendered) -> None:
        packed = None if claimed.rendered else Blob(rendering.pack(rendered))
        if not await _insist(lambda: self._store.begin(claimed.id, claimed.token, packed)):
            return
        if self._leases.holds(hold):
            verdict, tried = await self._send(claimed, destination, rendered)
            await self._conclude(claimed, destination, verdict, tried)
        else:
            await self._conclude(claimed, destination, LATE, Tried(started=time.time()))

    async def _send(self, claimed: Claimed, destination: Destination, rendered: Rendered) -> tuple[Verdict, Tried]:
        started, began = time.time(), time.monotonic()
        request = rendering.addressed(rendered, claimed, destination, started)
        fresh = destination.limits.ambiguous is not Ambiguous.RESEND
        answer = None
        try:
            answer = await self._sender.send(request, destination.limits.timeout_ms, fresh)
            verdict = destination.judge.judge(answer, rendering.Names(claimed))
        except (Unsent, Unanswered) as fault:
            verdict = self._fault_verdict(fault)
        took_ms = int((time.monotonic() - began) * 1000)
        digest = rendering.digest(rendered, claimed)
        return verdict, Tried(started=started, took_ms=took_ms, request=request, answer=answer, digest=digest)

    async def _booked(self, claimed: Claimed, rendered: Rendered) -> None:
        """The document is booked already: the same request is a duplicate, another one is for a person."""
        first = claimed.booking
        if first and first.digest == rendering.digest(rendered, claimed):
            await self._end(claimed, State.DELIVERED, f"duplicate of {first.delivery}", first.document)
        elif first:
            await self._end(claimed, State.HELD, f"again: booked as {first.document or first.delivery}")

    async def _end(self, claimed: Claimed, state: State, reason: str, document: str | None = None) -> None:
        """An end without a request."""
        outcome = {State.DELIVERED: Outcome.DUPLICATE, State.HELD: Outcome.HELD}.get(state, Outcome.REJECTED)
        verdict = Verdict(outcome=outcome, document=document, reason=reason, lane=LaneEffect.NONE, sent=False)
        await self._settle(claimed, Decision(state=state, reason=reason), verdict, Tried(started=time.time()))

    async def _conclude(self, claimed: Claimed, destination: Destination, verdict: Verdict, tried: Tried) -> None:
        if verdict.reason:
            verdict = msgspec.structs.replace(verdict, reason=self._config().mask.text(verdict.reason))
        chance = random.random()  # noqa: S311 - it spreads the waits, and guards nothing
        decision = decide(claimed, verdict, destination.limits, tried.took_ms, chance)
        await self._settle(claimed, decision, verdict, tried)

    async def _settle(self, claimed: Claimed, decision: Decision, verdict: Verdict, tried: Tried) -> None:
        composed = settlement(claimed, decision, verdict, tried, self._config())
        await _insist(lambda: self._store.settle(composed))


def _rendered(claimed: Claimed, destination: Destination, config: Config) -> Rendered:
    if claimed.rendered is not None:
        return rendering.unpack(claimed.rendered)
    plan = config.plan_for(None if claimed.notice else claimed.route, claimed.lane)
    return rendering.render(claimed, destination, plan)


async def _insist(step: Callable[[], Awaitable[T]]) -> T:
    """Repeats a step until the store has taken it: an outcome is never dropped because Redis was away."""
    while True:
        try:
            return await step()
        except StoreUnavailable:
            await asyncio.sleep(AGAIN_S)
