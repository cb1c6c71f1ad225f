"""The conversation of a delivery with its destination, as a generator: it yields what to ask and what to keep, is sent
verdicts, and returns how it ended. Pure: whoever drives it sends, judges and stores.

What is kept is durable before the next step is asked for, so that whoever goes on after a lost worker takes up the step
that isn't done, and none before it.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

import msgspec

from relay import rendering
from relay.destination import Answer, Call, Destination, Judge, Request, Step
from relay.language.pieces import Layer
from relay.outcome import LaneEffect, Outcome, Verdict
from relay.progress import CONFIRM, POST, Progress
from relay.rendering import Rendered
from relay.store import Claimed
from relay.texts import _

GOOD = frozenset({Outcome.DELIVERED, Outcome.DUPLICATE})
_SAYS = GOOD | {Outcome.REJECTED, Outcome.HELD}


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A request to be sent for a step, and what decides on its answer."""

    step: str
    request: Request
    judge: Callable[[Answer], Verdict]


class Keep(msgspec.Struct, frozen=True):
    """Progress by a step that must be durable before anything more is asked; `goes_on`: something is, at once."""

    step: str
    progress: Progress
    goes_on: bool = True


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """`step`: the last that was taken; `verdict` tells of it, or where all are done, of all. `asked`: no step was sent,
    it was only tried to learn what became of one that was accepted."""

    verdict: Verdict
    step: str
    progress: Progress
    asked: bool = False


class Requests(msgspec.Struct, frozen=True):
    """What makes a conversation's requests: the one that posts, that of a step and the one that asks what became of it,
    by what is known then."""

    post: Callable[[], Request]
    step: Callable[[Step, Mapping[str, Any]], Request]
    poll: Callable[[Call, Mapping[str, Any]], Request]


Conversation = Generator[Ask | Keep, Verdict, Ended]


def requests_of(rendered: Rendered, claimed: Claimed, destination: Destination, now: Callable[[], float]) -> Requests:
    """Those of one delivery; `now` gives seconds since 1970, for signatures."""

    def step(of: Step, known: Mapping[str, Any]) -> Request:
        return rendering.of_step(of, known, claimed, destination, now())

    return Requests(
        post=lambda: rendering.addressed(rendered, claimed, destination, now()),
        step=step,
        poll=lambda call, known: rendering.asking(call, known, destination),
    )


class Talk:
    """The conversation of one delivery under one configuration. `told`: what its destination posted about it."""

    def __init__(
        self, destination: Destination, requests: Requests, names: Mapping[str, Any], told: Sequence[Answer] = ()
    ) -> None:
        self._destination, self._requests, self._names, self._told = destination, requests, names, told

    def go_on(self, progress: Progress) -> Conversation:
        """From where the delivery has got to. Raises ExpressionError where a step can't be rendered."""
        then = self._destination.then
        last, lane, asked = POST, LaneEffect.NONE, False
        for step in (None, *then):
            name, known = step.name if step else POST, Layer(self._names, progress.names())
            asks = progress.accepted is not None
            if name in progress.steps or not (asks or _is_wanted(step, known)):
                continue
            verdict = yield from (self._learn(known) if asks else self._take(step, known))
            last, lane, asked = CONFIRM if asks else name, verdict.lane, asks
            if verdict.outcome is Outcome.ACCEPTED and self._destination.confirm and not asks:
                progress = progress.taken(verdict)
                yield Keep(name, progress, goes_on=False)
            if verdict.outcome not in GOOD or not (then or asks):
                return Ended(verdict=_of(last, verdict), step=last, progress=progress, asked=asks)
            progress = progress.done(name, verdict)
            if step is not (then[-1] if then else None):
                yield Keep(last, progress)
        return Ended(verdict=_all_done(progress, lane), step=last, progress=progress, asked=asked)

    def _take(self, step: Step | None, known: Mapping[str, Any]) -> Generator[Ask, Verdict, Verdict]:
        judge = step.judge if step else self._destination.judge
        request = self._requests.step(step, known) if step else self._requests.post()
        return (yield Ask(step=step.name if step else POST, request=request, judge=_judging(judge, known)))

    def _learn(self, known: Mapping[str, Any]) -> Generator[Ask, Verdict, Verdict]:
        """What became of what was accepted: by what was posted about it, else by asking."""
        confirm = self._destination.confirm
        if confirm is None:
            return _not_yet()
        for answer in self._told:
            verdict = confirm.told.judge(answer, known)
            if verdict.outcome in _SAYS:
                return msgspec.structs.replace(verdict, lane=LaneEffect.NONE)
        if confirm.call is None:
            return _not_yet()
        request = self._requests.poll(confirm.call, known)
        return (yield Ask(step=CONFIRM, request=request, judge=_judging(confirm.judge, known)))


def _is_wanted(step: Step | None, known: Mapping[str, Any]) -> bool:
    return step is None or step.when is None or bool(step.when.evaluate(known))


def _judging(judge: Judge, known: Mapping[str, Any]) -> Callable[[Answer], Verdict]:
    return lambda answer: judge.judge(answer, known)


def _of(step: str, verdict: Verdict) -> Verdict:
    """With the step's name before its reason, where it isn't the one that posts."""
    return verdict if step == POST else msgspec.structs.replace(verdict, reason=_named(step, verdict.reason))


def _named(step: str, reason: str | None) -> str:
    return f"{step}: {reason}" if reason else step


def _all_done(progress: Progress, lane: LaneEffect) -> Verdict:
    data = progress.data() or None
    return Verdict(outcome=Outcome.DELIVERED, document=progress.document, data=data, lane=lane)


def _not_yet() -> Verdict:
    return Verdict(outcome=Outcome.ACCEPTED, reason=_("not yet"), lane=LaneEffect.NONE)
