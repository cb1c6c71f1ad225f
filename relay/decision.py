"""What follows an attempt: from its verdict and its destination's limits to the delivery's next state. Pure."""

import msgspec

from relay.delivery import State
from relay.destination import Ambiguous, Limits
from relay.outcome import LaneEffect, Outcome, Verdict
from relay.store import Claimed


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """`delay_ms` goes with waiting; `counts`: towards the limit of attempts; `throttle_ms`: the whole lane waits."""

    state: State
    reason: str | None = None
    delay_ms: int = 0
    throttle_ms: int = 0
    counts: bool = False
    doubt: bool = False
    rejected: bool = False


def decide(claimed: Claimed, verdict: Verdict, limits: Limits, spent_ms: int, chance: float) -> Decision:
    """`spent_ms`: how long this attempt took; `chance` in [0, 1) spreads the wait."""
    match verdict.outcome:
        case Outcome.DELIVERED | Outcome.DUPLICATE:
            return Decision(state=State.DELIVERED)
        case Outcome.ACCEPTED:
            return Decision(state=State.CONFIRMING)
        case Outcome.REJECTED:
            return Decision(state=State.DEAD, reason=_coded("rejected", verdict), rejected=True)
        case Outcome.HELD:
            return Decision(state=State.HELD, reason=_coded("hold", verdict))
        case Outcome.UNKNOWN:
            return _in_doubt(claimed, verdict, limits, spent_ms, chance)
        case _:
            return _wait(claimed, verdict, limits, spent_ms, chance)


def _in_doubt(claimed: Claimed, verdict: Verdict, limits: Limits, spent_ms: int, chance: float) -> Decision:
    if limits.ambiguous is not Ambiguous.RESEND:
        return Decision(state=State.HELD, reason=_coded("unknown", verdict), doubt=True)
    return msgspec.structs.replace(_wait(claimed, verdict, limits, spent_ms, chance), doubt=True)


def _wait(claimed: Claimed, verdict: Verdict, limits: Limits, spent_ms: int, chance: float) -> Decision:
    counts = _counts(claimed, verdict)
    tries = claimed.tries + counts
    if counts and limits.retry.attempts and tries >= limits.retry.attempts:
        return Decision(
            state=State.DEAD, reason=f"exhausted: {tries} attempts, the last: {verdict.reason}", counts=True
        )
    delay_ms = verdict.after_ms
    if delay_ms is None:
        delay_ms = limits.retry.delay_ms(max(tries, 1), chance)
    if counts and claimed.age_ms + spent_ms + delay_ms > limits.retry.expire_ms:
        return Decision(state=State.HELD, reason=f"expired: {verdict.reason}", counts=True)
    throttle_ms = delay_ms if verdict.outcome is Outcome.THROTTLED else 0
    return Decision(
        state=State.WAITING, reason=verdict.reason, delay_ms=delay_ms, throttle_ms=throttle_ms, counts=counts
    )


def _counts(claimed: Claimed, verdict: Verdict) -> bool:
    """An outage costs a document neither its attempts nor its time: what never left, a probe, a lane that is ill."""
    lane_is_ill = verdict.lane is LaneEffect.STOPS or verdict.outcome is Outcome.THROTTLED
    return verdict.sent and not claimed.probe and not lane_is_ill


def _coded(code: str, verdict: Verdict) -> str:
    return f"{code}: {verdict.reason}" if verdict.reason else code
