"""One attempt at a delivery of a test: its conversation with the answers that are played, and what is decided on it, by
the rules of a worker's attempt. Pure."""

from typing import NamedTuple

import msgspec

from relay import rendering
from relay.configuration import Config
from relay.conversation import Ask, Conversation, Ended, Requests, Talk
from relay.decision import Decision, decide_confirm, decide_lookup, decide_request, looked_up, put_off_lookup
from relay.delivery import State
from relay.destination import Answer, Asked, Finding, Lookup, Request
from relay.errors import ExpressionError
from relay.outcome import LaneEffect, Outcome, Verdict
from relay.progress import POST, Progress
from relay.settling import Tried
from relay.store import Claimed
from relay.texts import _
from relay.trials.answers import Answers

NOMINAL = 0.5  # each wait as long as it is set


class Came(NamedTuple):
    """What an attempt came to, and how far its delivery has got."""

    decision: Decision
    verdict: Verdict
    tried: Tried
    progress: Progress


class Attempt:
    """`request`: the one that posts. `asked`: the requests that went out beside it, by what they are called.
    `has_heard`: an answer was given to any."""

    def __init__(
        self, claimed: Claimed, progress: Progress, request: Request, config: Config, answers: Answers
    ) -> None:
        self._claimed, self._progress, self._request, self._answers = claimed, progress, request, answers
        self._destination, self._names = config.destination_of(claimed), rendering.Names(claimed)
        self._now = claimed.received_ms / 1000
        self.asked: list[tuple[str, Request]] = []
        self.has_heard = False
        self._answer: Answer | None = None

    def run(self) -> Came:
        """Raises NoMore."""
        lookup = self._destination.lookup
        if self._claimed.look and lookup and not self._progress.is_posted:
            return self._look_up(lookup)
        return self._converse()

    def _converse(self) -> Came:
        conversation = Talk(self._destination, self._requests(), self._names, self._told()).go_on(self._progress)
        try:
            ended = self._driven(conversation)
        except ExpressionError as fault:
            return self._fails(fault)
        given, is_step = (self._claimed, ended.verdict, self._destination), bool(self._progress.steps)
        if ended.asked:
            decision = decide_confirm(*given, NOMINAL, is_step=is_step)
        else:
            decision = decide_request(*given, 0, NOMINAL, is_step=is_step)
        return self._came(decision, ended.verdict, is_attempt=not ended.asked)

    def _requests(self) -> Requests:
        claimed, to = self._claimed, self._destination
        return Requests(
            post=lambda: self._request,
            step=lambda step, known: rendering.of_step(step, known, claimed, to, self._now),
            poll=lambda call, known: rendering.asking(call, known, to),
        )

    def _told(self) -> list[Answer]:
        """Where nothing asks what became of what was accepted, an answer is what the destination posts."""
        confirm, claimed = self._destination.confirm, self._claimed
        waits = self._progress.accepted is not None and confirm is not None and confirm.call is None
        if not waits:
            return []
        posted = self._answers.posted(claimed.lane, claimed.route)
        self.has_heard = True
        return [posted]

    def _driven(self, conversation: Conversation) -> Ended:
        try:
            said = next(conversation)
            while True:
                if isinstance(said, Ask):
                    said = conversation.send(self._hear(said))
                else:
                    self._progress = said.progress
                    said = next(conversation)
        except StopIteration as stop:
            ended: Ended = stop.value
            return ended

    def _hear(self, ask: Ask) -> Verdict:
        if ask.step != POST:
            self.asked.append((ask.step, ask.request))
        verdict, self._answer = self._answers.hear(self._claimed.lane, self._claimed.route, ask.judge)
        self.has_heard = True
        return verdict

    def _fails(self, fault: ExpressionError) -> Came:
        if self._progress.accepted:
            return self._ends(State.HELD, _("unknown: what became of it can't be asked: {fault}", fault=fault))
        return self._ends(State.DEAD, f"mapping: {fault}")

    def _look_up(self, lookup: Lookup) -> Came:
        claimed, found = self._claimed, list[Finding]()

        def judge(answer: Answer) -> Verdict:
            found.append(lookup.finder.find(answer, self._names))
            return looked_up(claimed, found[0])

        try:
            request = rendering.asking(lookup.call, self._names, self._destination)
        except ExpressionError as fault:
            return self._ends(State.HELD, _("unknown: the lookup fails: {fault}", fault=fault))
        verdict = self._hear(Ask(step="lookup", request=request, judge=judge))
        if not found or found[0].fault:
            decision = put_off_lookup(claimed, verdict, self._destination.limits, NOMINAL)
        elif found[0].asked is Asked.FOUND and self._destination.then:
            self._progress = self._progress.done(POST, verdict)
            return self._converse()
        else:
            decision = decide_lookup(claimed, found[0].asked, self._destination.limits)
        return self._came(decision, verdict, is_attempt=False)

    def _ends(self, state: State, reason: str) -> Came:
        outcome = Outcome.HELD if state is State.HELD else Outcome.REJECTED
        verdict = Verdict(outcome=outcome, reason=reason, lane=LaneEffect.NONE, sent=False)
        return self._came(Decision(state=state, reason=reason), verdict, is_attempt=True)

    def _came(self, decision: Decision, verdict: Verdict, *, is_attempt: bool) -> Came:
        tried = Tried(started=self._now, answer=self._answer, is_attempt=is_attempt)
        return Came(decision, verdict, tried, self._progress)


def again(claimed: Claimed, came: Came) -> Claimed:
    """The delivery as its next attempt has it, once it is time."""
    decision, confirms = came.decision, came.decision.state is State.CONFIRMING
    return msgspec.structs.replace(
        claimed,
        attempts=claimed.attempts + came.tried.is_attempt,
        tries=claimed.tries + decision.counts,
        doubt=decision.doubt,
        look=decision.look,
        missed=decision.missed,
        age_ms=claimed.age_ms + decision.delay_ms,
        asked_ms=(claimed.asked_ms or 0) + decision.delay_ms if confirms else None,
    )
