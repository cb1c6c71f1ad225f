"""Plays one event of a test: what goes out for it, and what the answers lead to, by a worker's rules. Pure."""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from relay import callback
from relay.booking import Found
from relay.configuration import Config
from relay.decision import Decision
from relay.delivery import FETCH, Draft, State, event_state, is_fetch
from relay.destination import Request
from relay.known import Known
from relay.money import decode_json
from relay.outcome import LaneEffect, Outcome, Verdict
from relay.outgoing import Send, callback_of, send_of
from relay.progress import NOTHING, POST
from relay.rehearsal import Rehearsed, rehearse_stored
from relay.reversal import without_booking
from relay.route import taken
from relay.settling import Tried, settlement
from relay.source import Callback
from relay.store import CallbackDraft, Claimed
from relay.trials.answers import Answers, NoMore
from relay.trials.attempting import Attempt, Came, again
from relay.trials.books import Books

_OUTCOMES = {State.DELIVERED: Outcome.DUPLICATE, State.HELD: Outcome.HELD, State.DEAD: Outcome.REJECTED}


class Going(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it goes out, for a delivery or a further step of it. `state`: pending, else it stays, for its
    `reason`. `reads`: it asks for a document."""

    draft: Draft
    step: str = POST
    state: State = State.PENDING
    reason: str | None = None
    request: Request | None = None
    reads: bool = False


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What the events of one test have in common. `went`: what goes out for any of them, in that order."""

    config: Config
    documents: Mapping[str, Any]
    answers: Answers
    books: Books
    went: list[Going]


class Play:
    """One event. `routes`: those that it has taken, and what came after them."""

    def __init__(self, scene: Scene, rehearsed: Rehearsed) -> None:
        self._scene, self._known = scene, rehearsed.known
        self.rehearsed = rehearsed
        self.routes: dict[str, None] = {}
        self._states: dict[str, State] = {}
        self._told = 0
        self._by_books: set[str] = set()
        self._sends: deque[Send] = deque()
        self._enter(rehearsed, 0)

    def run(self) -> None:
        """Until nothing goes on without an answer."""
        while self._sends:
            self._play(self._sends.popleft())

    def _enter(self, rehearsed: Rehearsed, read: int) -> None:
        """`read`: how many of its documents were asked for before."""
        self.rehearsed, self._known = rehearsed, rehearsed.known
        answered = rehearsed.fetches[read : -1 if rehearsed.waits_for else None]
        self._scene.went.extend(_going(send) for send in answered)
        self._expect(rehearsed.fetches[-1:] if rehearsed.waits_for else rehearsed.sends)

    def _expect(self, sends: Iterable[Send]) -> None:
        sends = list(sends)
        self.routes.update(dict.fromkeys(taken(send.draft for send in sends)))
        self._states.update({send.draft.id: send.draft.state for send in sends})
        self._sends += sends

    def _within_books(self, send: Send) -> Send:
        """As it is with what is booked."""
        scene, draft = self._scene, send.draft
        if draft.reverses and (found := scene.books.reversed(draft.lane, draft.reverses, scene.config)):
            send = send_of(draft, self._known, scene.config, found)
            ends = None if found.found is Found.BOOKED else without_booking(found)
        else:
            ends = scene.books.repeats(send) if send.state is State.PENDING else None
        if ends is None:
            return send
        self._by_books.add(draft.id)
        return msgspec.structs.replace(send, state=ends[0], reason=ends[1])

    def _play(self, send: Send) -> None:
        send = self._within_books(send)
        self._scene.went.append(_going(send))
        if send.claimed is None:
            self._tell(send.draft.id, callback.of_draft(self._callback, send.draft))
        elif send.state is State.PENDING:
            self._try(send, send.claimed)
        else:
            verdict = Verdict(outcome=_OUTCOMES[send.state], lane=LaneEffect.NONE, sent=False)
            tried = Tried(started=self._known.received_ms / 1000, is_attempt=not self._is_shown(send))
            self._settle(send.claimed, Came(Decision(state=send.state, reason=send.reason), verdict, tried, NOTHING))

    @property
    def _callback(self) -> Callback | None:
        return self._scene.config.callback_of(self._known.event.source)

    def _is_shown(self, send: Send) -> bool:
        """Whether its route has it shown to a person before it is sent: that is no attempt."""
        return send.state is State.HELD and send.draft.id not in self._by_books

    def _try(self, send: Send, claimed: Claimed) -> None:
        """One attempt after another, as long as there are answers."""
        progress, steps = NOTHING, set[str]()
        while send.request:
            attempt = Attempt(claimed, progress, send.request, self._scene.config, self._scene.answers)
            try:
                came = attempt.run()
            except NoMore:
                came = None
            self._note(send, attempt, steps)
            if came is None:
                return
            if attempt.has_heard:
                self._scene.answers.led_to(came.decision.state, came.verdict, came.decision.reason)
            self._settle(claimed, came, send.request)
            if not attempt.has_heard or came.decision.state not in (State.WAITING, State.CONFIRMING):
                return
            claimed, progress = again(claimed, came), came.progress

    def _note(self, send: Send, attempt: Attempt, steps: set[str]) -> None:
        """What went out beside the request that posts, once for each step."""
        for step, request in attempt.asked:
            if step not in steps:
                steps.add(step)
                self._scene.went.append(Going(draft=send.draft, step=step, request=request))

    def _settle(self, claimed: Claimed, came: Came, sent: Request | None = None) -> None:
        state, config = came.decision.state, self._scene.config
        composed = settlement(claimed, came.decision, came.verdict, came.tried, config)
        self._note_state(claimed, state)
        if state is State.DELIVERED:
            self._scene.books.book(claimed, sent, came.verdict.document, came.verdict.data or {})
        if composed.fetched is not None:
            self._go_on_with(claimed.route.removeprefix(FETCH), decode_json(composed.fetched))
        else:
            self._expect(send_of(draft, self._known, config) for draft in composed.follow)
        self._tell(claimed.id, composed.callbacks)

    def _note_state(self, claimed: Claimed, state: State) -> None:
        """Neither callbacks nor documents that were read count in an event's state."""
        if is_fetch(claimed.route) and state is State.DELIVERED:
            self._states.pop(claimed.id, None)
        elif claimed.notice is None:
            self._states[claimed.id] = state

    def _go_on_with(self, name: str, document: Any) -> None:
        """The event as it is routed with one more document."""
        given = {**self._scene.documents, **_documents(self._known), name: document}
        read, event = len(self.rehearsed.fetches), self._known.event
        self._enter(rehearse_stored(self._scene.config, event, self._known.received_ms, given), read)

    def _tell(self, delivery: str, drafts: Iterable[CallbackDraft]) -> None:
        state = str(event_state(list(self._states.values())))
        for draft in drafts:
            self._told += 1
            self._sends.append(callback_of(draft, delivery, self._known, self._scene.config, state, self._told))


def _going(send: Send) -> Going:
    return Going(draft=send.draft, state=send.state, reason=send.reason, request=send.request, reads=send.reads)


def _documents(known: Known) -> dict[str, Any]:
    return {name: decode_json(document) for name, document in known.fetched.items()}
