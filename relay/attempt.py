"""One attempt: render, begin, send, judge, settle. Whatever happens, the delivery ends up somewhere."""

import random
import time
from typing import TypeVar

import msgspec

from relay import confirming, gate, noted, rendering
from relay.booking import Booking, Found, Reversed
from relay.configuration import Config
from relay.conversation import Ask, Keep, Talk, requests_of
from relay.decision import (
    Decision,
    decide_confirm,
    decide_lookup,
    decide_request,
    looked_up,
    put_off_lookup,
    without_route,
)
from relay.delivery import State
from relay.destination import Ambiguous, Asked, Destination, Lookup
from relay.errors import ExpressionError
from relay.exchange import Edge, Exchange, Heard, Turn
from relay.fetching import Unfetched, fetched
from relay.insisting import insist
from relay.language.mapping import RequestPlan
from relay.outcome import LaneEffect, Outcome, Verdict
from relay.points import Point, reached
from relay.progress import CONFIRM, POST
from relay.rendering import Rendered
from relay.reversal import without_booking
from relay.settling import Tried, settlement, step_record
from relay.store import Blob, Claimed
from relay.talking import talk, tried_of
from relay.texts import N_, _

Said = TypeVar("Said", Decision, Verdict)

GONE_MS = 10_000
BEHIND_MS = 1_000
LOST = N_("it may have been sent: its worker, or what Redis knew last, is lost")


class Attempt:
    """One claimed delivery under one configuration."""

    def __init__(self, claimed: Claimed, turn: Turn, config: Config, edge: Edge) -> None:
        opening = config.opening_of(claimed.event.source)
        if opening is not claimed.opening:
            claimed = msgspec.structs.replace(claimed, opening=opening)
        self._claimed, self._turn, self._config, self._edge = claimed, turn, config, edge
        self._sends, self._progress = False, rendering.progress_of(claimed)

    async def run(self) -> None:
        """From the claim to the settlement; what isn't begun may be given back. A fault of Relay's own holds it."""
        try:
            await self._go()
        except Exception as error:  # noqa: BLE001 - it is told
            noted.failed(self._claimed, error)
            reason = _("a fault of Relay's own ({name}); its log says more", name=type(error).__name__)
            if not self._sends:
                return await self._end(State.HELD, f"hold: {reason}")
            await self._conclude(Verdict(outcome=Outcome.UNKNOWN, reason=reason), Tried(started=time.time()))

    async def _go(self) -> None:
        claimed = self._claimed
        reached(Point.WORKER_CLAIMED)
        if claimed.lane not in self._config.destinations:
            return await self._give_back(GONE_MS)
        if self._lacks_its_route():
            return await self._without_route()
        if claimed.lost and not self._progress.is_posted:
            return await self._conclude(_lost(), Tried(started=time.time()))
        if claimed.reversed and claimed.reversed.found is not Found.BOOKED and not self._progress.is_posted:
            return await self._take_back(claimed.reversed)
        if self._config.public_url:
            key = await insist(self._edge.store.confirm_key)
            address = confirming.address(self._config.public_url, key, claimed.id)
            self._claimed = msgspec.structs.replace(claimed, confirm_url=address)
        if claimed.event.post and self._config.reads_whole:
            event = await insist(lambda: self._edge.store.with_whole(claimed.event))
            self._claimed = msgspec.structs.replace(self._claimed, event=event)
        return await self._go_on(self._claimed)

    async def _go_on(self, claimed: Claimed) -> None:
        try:
            rendered = await self._rendered()
            held = gate.held(rendered, claimed, self._config)
        except ExpressionError as fault:
            return await self._end(State.DEAD, f"mapping: {fault}")
        except Unfetched as fault:
            return await self._conclude(fault.verdict, Tried(started=time.time()))
        if claimed.booking:
            return await self._booked(claimed.booking, rendered)
        if held:
            return await self._hold(f"hold: {held}", rendered)
        return await self._in_turn(rendered)

    async def _in_turn(self, rendered: Rendered) -> None:
        claimed = self._claimed
        if not await self._turn.comes():
            return await self._give_back(0)
        if self._progress.is_posted:
            return await self._converse(rendered)
        lookup = self._destination.lookup
        if claimed.look and lookup:
            return await self._ask(lookup, rendered)
        return await self._begin(rendered)

    @property
    def _destination(self) -> Destination:
        return self._config.destination_of(self._claimed)

    def _lacks_its_route(self) -> bool:
        """What was rendered goes as it is, and what is lost needs none."""
        claimed = self._claimed
        return not (claimed.notice or claimed.rendered or claimed.lost or self._config.has_route_of(claimed))

    async def _without_route(self) -> None:
        """Only the version in force says what is gone: this one may be behind, or ahead."""
        if not await insist(lambda: self._edge.is_in_force(self._config.version)):
            return await self._give_back(BEHIND_MS)
        return await self._end(*without_route(self._claimed.route))

    async def _give_back(self, delay_ms: int) -> None:
        await insist(lambda: self._edge.store.give_back(self._turn.hold, delay_ms))

    async def _rendered(self) -> Rendered:
        claimed, destination, plan = self._claimed, self._destination, self._plan()
        if claimed.rendered is not None:
            kept = rendering.unpack(claimed.rendered)
            released = gate.may_be_released(claimed, self._config)
            return rendering.readdressed(kept, claimed, destination, plan) if released else kept
        wanted = rendering.references(claimed, plan)
        files = await fetched(wanted, destination, self._edge.sender) if wanted else []
        rendered = rendering.render(claimed, destination, plan, files)
        gate.check(rendered, claimed, self._config)
        return rendered

    def _plan(self) -> RequestPlan | None:
        return self._config.plan_of(self._claimed)

    async def _begins(self, rendered: Rendered) -> bool:
        """Notes that it may have left from here on, where that makes a difference; false where another has it."""
        claimed = self._claimed
        if not self._leaves_doubt():
            return True
        packed = Blob(rendering.pack(rendered))
        fresh = None if packed == claimed.rendered else packed
        return await insist(lambda: self._edge.store.begin(claimed.id, claimed.token, fresh))

    async def _begin(self, rendered: Rendered) -> None:
        if not await self._begins(rendered):
            return
        reached(Point.WORKER_BEGUN)
        noted.begun(self._claimed)
        self._sends = True
        await self._converse(rendered)

    async def _converse(self, rendered: Rendered) -> None:
        """The request that posts and the steps after it, from where the delivery has got to."""
        told = [confirming.unpack(posted).as_answer() for posted in self._claimed.told]
        asks, names = self._progress.accepted is not None, rendering.Names(self._claimed)
        requests = requests_of(rendered, self._claimed, self._destination, time.time)
        conversation = Talk(self._destination, requests, names, told).go_on(self._progress)
        try:
            talked = await talk(conversation, self._hear, lambda said, heard: self._keep(rendered, said, heard))
        except ExpressionError as fault:
            return await self._fails(fault)
        if talked:
            ended = talked.ended
            tried = self._tried(talked.heard, rendered, ended.step, is_attempt=not ended.asked)
            await self._conclude(ended.verdict, msgspec.structs.replace(tried, heard=len(told) if asks else 0))
        return None

    async def _hear(self, asked: Ask) -> Heard:
        fresh = asked.step == POST and self._destination.limits.ambiguous is not Ambiguous.RESEND
        return await self._exchange().ask(asked.request, asked.judge, fresh=fresh)

    async def _keep(self, rendered: Rendered, said: Keep, heard: Heard) -> bool:
        """Makes durable what was reached, and what led there; false where another claim has the delivery."""
        claimed, tried = self._claimed, self._tried(heard, rendered, said.step)
        verdict = self._masked(heard.verdict, tried)
        record = step_record(claimed, verdict, tried, self._config) if said.goes_on else None
        blob = Blob(rendering.pack(msgspec.structs.replace(rendered, progress=said.progress)))
        going_on = await insist(lambda: self._edge.store.begin(claimed.id, claimed.token, blob, record))
        self._progress = said.progress
        reached(Point.WORKER_KEPT)
        return going_on

    async def _fails(self, fault: ExpressionError) -> None:
        """A step, or what asks what became of one, can't be rendered."""
        if self._progress.accepted:
            return await self._end(State.HELD, _("unknown: what became of it can't be asked: {fault}", fault=fault))
        return await self._end(State.DEAD, f"mapping: {fault}")

    def _leaves_doubt(self) -> bool:
        """Whether it matters that this attempt has begun. A status callback may come twice, and is then the same."""
        claimed, destination = self._claimed, self._destination
        resent = destination.limits.ambiguous is Ambiguous.RESEND
        return not (resent and rendering.is_same_each_time(claimed, destination, self._plan()))

    async def _ask(self, lookup: Lookup, rendered: Rendered) -> None:
        """Asks whether an attempt in doubt was booked. It sends nothing that could book, so it needs no beginning."""
        claimed, limits, names = self._claimed, self._destination.limits, rendering.Names(self._claimed)
        try:
            request = rendering.asking(lookup.call, names, self._destination)
        except ExpressionError as fault:
            return await self._end(State.HELD, _("unknown: the lookup fails: {fault}", fault=fault))
        heard = await self._exchange().ask(
            request, lambda answer: looked_up(claimed, lookup.finder.find(answer, names))
        )
        finding = lookup.finder.find(heard.answer, names) if heard.answer else None
        if finding is None or finding.fault:
            decision = put_off_lookup(claimed, heard.verdict, limits, _chance())
        elif finding.asked is Asked.FOUND and self._destination.then:
            return await self._go_on_after(heard, rendered)
        else:
            decision = decide_lookup(claimed, finding.asked, limits)
        return await self._settle(decision, heard.verdict, self._tried(heard, rendered, is_attempt=False))

    async def _go_on_after(self, heard: Heard, rendered: Rendered) -> None:
        """The request that posts was taken after all: what follows it comes next."""
        if await self._keep(rendered, Keep(POST, self._progress.done(POST, heard.verdict)), heard):
            await self._converse(rendered)

    def _exchange(self) -> Exchange:
        return Exchange(self._destination, self._turn, self._edge)

    def _tried(self, heard: Heard | None, rendered: Rendered, step: str = POST, *, is_attempt: bool = True) -> Tried:
        named = step if self._destination.then or step == CONFIRM else None
        return tried_of(heard, rendering.digest(rendered, self._claimed), named, time.time(), is_attempt=is_attempt)

    async def _booked(self, first: Booking, rendered: Rendered) -> None:
        """The document is booked already: the same request is a duplicate, another one is for a person."""
        if first.digest == rendering.digest(rendered, self._claimed):
            await self._end(State.DELIVERED, _("duplicate of {delivery}", delivery=first.delivery), first.document)
        else:
            await self._end(State.HELD, _("again: booked as {document}", document=first.document or first.delivery))

    async def _take_back(self, other: Reversed) -> None:
        """A reversal where nothing is booked. What isn't posted is cancelled first, unless it is on its way by now."""
        if other.found is Found.OPEN and not await insist(lambda: self._edge.cancel(other.delivery, self._claimed.id)):
            return await self._give_back(GONE_MS)
        return await self._end(*without_booking(other))

    async def _hold(self, reason: str, rendered: Rendered) -> None:
        """What would be sent is shown among the attempts and kept, so that a release sends just that."""
        request = rendering.unsealed(rendered, self._claimed)
        tried = Tried(started=time.time(), request=request, is_attempt=False, kept=rendering.pack(rendered))
        verdict = Verdict(outcome=Outcome.HELD, reason=reason, lane=LaneEffect.NONE, sent=False)
        await self._settle(Decision(state=State.HELD, reason=reason), verdict, tried)

    async def _end(self, state: State, reason: str, document: str | None = None) -> None:
        """An end without a request."""
        outcome = {State.DELIVERED: Outcome.DUPLICATE, State.HELD: Outcome.HELD}.get(state, Outcome.REJECTED)
        verdict = Verdict(outcome=outcome, document=document, reason=reason, lane=LaneEffect.NONE, sent=False)
        decision = Decision(state=state, reason=reason)
        if self._progress.is_posted:
            decision = msgspec.structs.replace(decision, doubt=True, posted=bool(self._progress.steps))
        await self._settle(decision, verdict, Tried(started=time.time()))

    async def _conclude(self, verdict: Verdict, tried: Tried) -> None:
        given = (self._claimed, verdict, self._destination)
        if tried.is_attempt:
            decision = decide_request(*given, tried.took_ms, _chance(), is_step=bool(self._progress.steps))
        else:
            decision = decide_confirm(*given, _chance(), is_step=bool(self._progress.steps))
        if gate.may_be_released(self._claimed, self._config):
            decision = msgspec.structs.replace(decision, anew=False)
        await self._settle(decision, verdict, tried)

    async def _settle(self, decision: Decision, verdict: Verdict, tried: Tried) -> None:
        composed = settlement(
            self._claimed, self._masked(decision, tried), self._masked(verdict, tried), tried, self._config
        )
        reached(Point.WORKER_SETTLING)
        status = await insist(lambda: self._edge.store.settle(composed))
        reached(Point.WORKER_SETTLED)
        if status in ("done", "again"):
            noted.settled(self._claimed, decision, verdict, tried)

    def _masked(self, said: Said, tried: Tried) -> Said:
        mask = self._config.mask.beside(tried.secrets)
        return msgspec.structs.replace(said, reason=mask.text(said.reason)) if said.reason else said


def _chance() -> float:
    return random.random()  # noqa: S311 - it spreads the waits, and guards nothing


def _lost() -> Verdict:
    return Verdict(outcome=Outcome.UNKNOWN, reason=_(LOST), lane=LaneEffect.NONE)
