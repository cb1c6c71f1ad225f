"""What is counted and told of a delivery's life: how it begins with its event, and what each attempt came to."""

from collections.abc import Sequence

from relay import metrics
from relay.decision import Decision
from relay.delivery import Draft, State, is_fetch
from relay.outcome import Verdict
from relay.settling import Tried
from relay.signals import Ids, Signal, tell, tells
from relay.store import Accepted, Claimed, Entry

ENDS = {"rejected", "exhausted", "mapping", "routing", "cancelled"}
HOLDS = {"unknown", "differs", "again", "expired", "hold", "config"}
CODES = frozenset(ENDS | HOLDS)
_CAME = {"new": Signal.EVENT_ACCEPTED, "duplicate": Signal.EVENT_DUPLICATE, "differs": Signal.EVENT_DIFFERS}
_SIGNALS = {
    State.DELIVERED: Signal.DELIVERY_DELIVERED,
    State.WAITING: Signal.DELIVERY_WAITING,
    State.CONFIRMING: Signal.DELIVERY_CONFIRMING,
    State.HELD: Signal.DELIVERY_HELD,
    State.DEAD: Signal.DELIVERY_DEAD,
}


def entered(source: str, accepted: Accepted | Sequence[Accepted], entries: Sequence[Entry]) -> None:
    """Events were stored, or were known."""
    for one, entry in zip([accepted] if isinstance(accepted, Accepted) else accepted, entries, strict=True):
        unrouted = one.status == "new" and not one.deliveries
        signal = Signal.EVENT_UNROUTED if unrouted else _CAME[one.status]
        if tells(signal):
            tell(signal, source=source, event=one.id, deliveries=one.deliveries)
        _count_event(source, one, entry.deliveries)


def _count_event(source: str, accepted: Accepted, drafts: Sequence[Draft]) -> None:
    if accepted.status == "duplicate":
        metrics.duplicates[source].inc()
        return
    metrics.accepted[source].inc()
    if accepted.status == "differs":
        metrics.differing[source].inc()
    if not drafts:
        metrics.unrouted[source].inc()
    for draft in drafts:
        state = State.HELD if accepted.status == "differs" else draft.state
        if state is not State.PENDING:
            _born(source, accepted.id, draft, state)


def _born(source: str, event: str, draft: Draft, state: State) -> None:
    metrics.deliveries[draft.lane, state].inc()
    code = "differs" if state is State.HELD else code_of(draft.reason)
    ids = {"event": event, "delivery": draft.id, "source": source, "route": draft.route, "destination": draft.lane}
    tell(_SIGNALS[state], **ids, code=code)


def begun(claimed: Claimed) -> None:
    """A request is about to leave."""
    if tells(Signal.DELIVERY_ATTEMPTED):
        tell(Signal.DELIVERY_ATTEMPTED, **_ids(claimed), attempt=claimed.attempts + 1)


def failed(claimed: Claimed, error: Exception) -> None:
    """By a fault of Relay's own."""
    tell(Signal.DELIVERY_FAILED, "", error, **_ids(claimed))


def settled(claimed: Claimed, decision: Decision, verdict: Verdict, tried: Tried) -> None:
    """What an attempt came to was written. What stands for one, such as a lookup, changes a state and isn't counted as
    an attempt."""
    _count(claimed, decision, verdict, tried)
    signal = _SIGNALS.get(decision.state)
    if signal and tells(signal):
        tell(
            signal,
            **_ids(claimed),
            attempt=claimed.attempts + tried.is_attempt,
            outcome=verdict.outcome,
            status=tried.answer.status if tried.answer else None,
            ms=tried.took_ms,
            again_ms=decision.delay_ms or None,
            code=code_of(decision.reason),
        )


def _count(claimed: Claimed, decision: Decision, verdict: Verdict, tried: Tried) -> None:
    lane, ended = claimed.lane, tried.started + tried.took_ms / 1000
    if tried.is_attempt:
        metrics.attempts[lane, verdict.outcome].inc()
        if tried.request:
            metrics.attempt_s[lane].observe(tried.took_ms / 1000)
    if claimed.notice:
        metrics.callbacks[lane, decision.state].inc()
        return
    if is_fetch(claimed.route):
        return
    metrics.deliveries[lane, decision.state].inc()
    if decision.state is State.DELIVERED:
        metrics.delivered_s[lane].observe(max(0.0, ended - claimed.received_ms / 1000))


def _ids(claimed: Claimed) -> Ids:
    return {
        "event": claimed.event.id,
        "delivery": claimed.id,
        "source": claimed.event.source,
        "route": claimed.route,
        "destination": claimed.lane,
        "callback_of": claimed.notice.delivery if claimed.notice else None,
    }


def code_of(reason: str | None) -> str | None:
    """What a reason begins with. The rest may be the destination's words, which may repeat the body."""
    code = (reason or "").partition(":")[0].partition(" ")[0]
    return code if code in CODES else None
