"""The answers that a test plays: each to the next request that its destination gets, and what that came to. Pure."""

from collections.abc import Callable, Sequence

import msgspec

from relay.delivery import State
from relay.destination import Answer
from relay.destinations.judge import from_fault
from relay.errors import Unanswered, Unsent
from relay.money import encode_json
from relay.outcome import Verdict
from relay.texts import _
from relay.trial import Played


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What the answer of that number came to. `state`: of its delivery after it, None where that goes on with its next
    step; `reason`: of the delivery, else of the verdict."""

    number: int
    verdict: Verdict | None = None
    state: State | None = None
    reason: str | None = None


class NoMore(Exception):
    """No answer is left for a request, so that nobody knows how it goes on."""


class Answers:
    """Those of one test. `said`: what those came to that were asked for."""

    def __init__(self, played: Sequence[Played]) -> None:
        self._left = dict(enumerate(played))
        self.said: list[Said] = []

    @property
    def unasked(self) -> list[int]:
        """The numbers of those that no request asked for."""
        return list(self._left)

    def hear(self, lane: str, route: str, judge: Callable[[Answer], Verdict]) -> tuple[Verdict, Answer | None]:
        """The next one for a request of this route to this destination, and what that makes of it. Raises NoMore."""
        number, played = self._next(lane, route)
        if played.fails:
            answer, verdict = None, from_fault(_FAULTS[played.fails]())
        else:
            verdict = judge(answer := _answer(played))
        self.said.append(Said(number=number, verdict=verdict, reason=verdict.reason))
        return verdict, answer

    def posted(self, lane: str, route: str) -> Answer:
        """The next one as what the destination posts about a delivery of its own accord. Raises NoMore."""
        number, played = self._next(lane, route)
        self.said.append(Said(number=number))
        return _answer(played)

    def led_to(self, state: State, verdict: Verdict, reason: str | None) -> None:
        """That the delivery of the last is this now, by that verdict over all of its steps."""
        last = self.said.pop()
        said = last.verdict or verdict
        said = msgspec.structs.replace(said, document=said.document or verdict.document)
        self.said.append(Said(number=last.number, verdict=said, state=state, reason=reason or verdict.reason))

    def _next(self, lane: str, route: str) -> tuple[int, Played]:
        for number, played in self._left.items():
            if played.to == lane and played.route in (None, route):
                return number, self._left.pop(number)
        raise NoMore


_FAULTS: dict[str, Callable[[], Unsent | Unanswered]] = {
    "unsent": lambda: Unsent(_("the test lets nothing be sent")),
    "unanswered": lambda: Unanswered(_("the test gives no answer")),
}


def _answer(played: Played) -> Answer:
    """As it comes from the network."""
    kind = {} if isinstance(played.body, str) else {"content-type": "application/json"}
    headers = {**kind, **{name.lower(): value for name, value in played.headers.items()}}
    return Answer(status=played.status, headers=headers, body=_body(played))


def _body(played: Played) -> bytes:
    if played.body is msgspec.UNSET:
        return b""
    return played.body.encode() if isinstance(played.body, str) else encode_json(played.body)
