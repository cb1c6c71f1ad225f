"""What follows an attempt: from its verdict and its destination's limits to the delivery's next state. Pure."""

import msgspec

from relay.delivery import FETCH, State, is_fetch
from relay.destination import Ambiguous, Asked, Confirm, Destination, Finding, Limits
from relay.duration import spelled_ms
from relay.outcome import LaneEffect, Outcome, Verdict
from relay.store import Claimed
from relay.texts import _


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """`delay_ms` goes with waiting; `counts`: towards the limit of attempts; `throttle_ms`: the whole lane waits;
    `posted`: the first of its steps is done; `anew`: nobody has taken the request, and the next attempt renders it by
    the configuration of then.
    `look`: the number of the lookup that comes next, 0 for an attempt; `missed`: how many said that it is missing.
    A `delay_ms` of 0 that goes with confirming leaves it to a person."""

    state: State
    reason: str | None = None
    delay_ms: int = 0
    throttle_ms: int = 0
    counts: bool = False
    doubt: bool = False
    posted: bool = False
    anew: bool = False
    rejected: bool = False
    look: int = 0
    missed: int = 0


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


def decide_request(
    claimed: Claimed, verdict: Verdict, destination: Destination, spent_ms: int, chance: float, *, is_step: bool
) -> Decision:
    """`is_step`: one behind the one that posts; an unknown one comes again, as it is harmless when repeated."""
    if destination.confirm and verdict.outcome is Outcome.ACCEPTED:
        decision = _await(destination.confirm, 0, 1, verdict, chance)
    elif is_step and verdict.outcome is Outcome.UNKNOWN:
        decision = _wait(claimed, verdict, destination.limits, spent_ms, chance)
    else:
        decision = decide(claimed, verdict, destination.limits, spent_ms, chance)
    return _posted(decision) if is_step else decision


def decide_confirm(
    claimed: Claimed, verdict: Verdict, destination: Destination, chance: float, *, is_step: bool
) -> Decision:
    """What follows from having learned, or tried to, what became of what was accepted."""
    decision = _confirmed(claimed, verdict, destination, chance)
    return _posted(decision) if is_step else decision


def _posted(decision: Decision) -> Decision:
    """The document is booked: what is kept of it isn't rendered anew, and nothing else takes its business key."""
    return msgspec.structs.replace(decision, doubt=decision.state is not State.DELIVERED, posted=True, anew=False)


def _confirmed(claimed: Claimed, verdict: Verdict, destination: Destination, chance: float) -> Decision:
    match verdict.outcome:
        case Outcome.DELIVERED | Outcome.DUPLICATE:
            return Decision(state=State.DELIVERED)
        case Outcome.REJECTED:
            return Decision(state=State.DEAD, reason=_coded("rejected", verdict), rejected=True)
        case Outcome.HELD:
            return Decision(state=State.HELD, reason=_coded("hold", verdict), doubt=True)
        case Outcome.ACCEPTED | Outcome.UNKNOWN if destination.confirm:
            return _ask_again(claimed, verdict, destination.confirm, chance)
        case Outcome.ACCEPTED | Outcome.UNKNOWN:
            return Decision(state=State.CONFIRMING, reason=verdict.reason)
    put_off = put_off_lookup(claimed, verdict, destination.limits, chance)
    return msgspec.structs.replace(put_off, state=State.CONFIRMING, delay_ms=max(1, put_off.delay_ms))


def _ask_again(claimed: Claimed, verdict: Verdict, confirm: Confirm, chance: float) -> Decision:
    """Ever less often, and at last for a person: whether it is booked, only they can learn."""
    asked_ms = claimed.asked_ms or 0
    if asked_ms >= confirm.within_ms:
        reason = _("unknown: not confirmed within {time}", time=spelled_ms(confirm.within_ms))
        return Decision(
            state=State.HELD,
            reason=_("{reason}, the last: {last}", reason=reason, last=verdict.reason),
            doubt=True,
        )
    look = max(claimed.look, 1) if claimed.asked_ms is not None else 0
    return _await(confirm, asked_ms, look + 1, verdict, chance)


def _await(confirm: Confirm, asked_ms: int, look: int, verdict: Verdict, chance: float) -> Decision:
    """Until it is asked for the `look`-th time; where nothing asks, until a person must."""
    left_ms = max(1, confirm.within_ms - asked_ms)
    delay_ms = confirm.wait.delay_ms(look, chance) if verdict.after_ms is None else verdict.after_ms
    delay_ms = min(max(1, delay_ms), left_ms) if confirm.call else left_ms
    return Decision(state=State.CONFIRMING, reason=verdict.reason, delay_ms=delay_ms, look=look)


def _in_doubt(claimed: Claimed, verdict: Verdict, limits: Limits, spent_ms: int, chance: float) -> Decision:
    if limits.ambiguous is Ambiguous.HOLD:
        return Decision(state=State.HELD, reason=_coded("unknown", verdict), doubt=True)
    if limits.ambiguous is Ambiguous.LOOKUP:
        reason, delay_ms = _coded("unknown", verdict), limits.lookup_first_ms
        return Decision(state=State.WAITING, reason=reason, delay_ms=delay_ms, doubt=True, look=1)
    return msgspec.structs.replace(_wait(claimed, verdict, limits, spent_ms, chance), doubt=True, anew=False)


def decide_lookup(claimed: Claimed, asked: Asked, limits: Limits) -> Decision:
    """Found: delivered. Said to be missing each time: sent again. Otherwise asked again, and at last for a person."""
    if asked is Asked.FOUND:
        return Decision(state=State.DELIVERED)
    missed = claimed.missed + (asked is Asked.MISSING)
    if claimed.look < limits.lookup_times:
        reason, delay_ms = _("lookup {look}: {asked}", look=claimed.look, asked=asked), limits.lookup_first_ms
        return Decision(state=State.WAITING, reason=reason, delay_ms=delay_ms, look=claimed.look + 1, missed=missed)
    if missed == limits.lookup_times:
        return Decision(state=State.WAITING, reason=_("missing after {missed} lookups: sent again", missed=missed))
    return Decision(state=State.HELD, reason=_("unknown: {look} lookups can't tell", look=claimed.look))


def looked_up(claimed: Claimed, finding: Finding) -> Verdict:
    """What the answer to a lookup says, as it is recorded."""
    if finding.fault:
        return finding.fault
    outcome = Outcome.DELIVERED if finding.asked is Asked.FOUND else Outcome.UNKNOWN
    reason = _("lookup {look}: {asked}", look=claimed.look, asked=finding.asked)
    return Verdict(outcome=outcome, document=finding.document, reason=reason, data=finding.data)


def put_off_lookup(claimed: Claimed, verdict: Verdict, limits: Limits, chance: float) -> Decision:
    """The lane's fault: the same lookup comes again later."""
    delay_ms = limits.retry.delay_ms(1, chance) if verdict.after_ms is None else verdict.after_ms
    return Decision(
        state=State.WAITING,
        reason=verdict.reason,
        delay_ms=delay_ms,
        throttle_ms=delay_ms if verdict.outcome is Outcome.THROTTLED else 0,
        look=claimed.look,
        missed=claimed.missed,
    )


def without_route(route: str) -> tuple[State, str]:
    """The end of what was never rendered, and whose route isn't in the configuration in force."""
    if is_fetch(route):
        said = _(
            "the document {name} isn't fetched any more: put it back and replay, or release it as dead",
            name=route.removeprefix(FETCH),
        )
    else:
        said = _("the route {name} is gone: put it back and replay, or release it as dead", name=route)
    return State.HELD, f"config: {said}"


def _wait(claimed: Claimed, verdict: Verdict, limits: Limits, spent_ms: int, chance: float) -> Decision:
    counts = _counts(claimed, verdict)
    tries = claimed.tries + counts
    if counts and limits.retry.attempts and tries >= limits.retry.attempts:
        return Decision(
            state=State.DEAD,
            reason=_("exhausted: {tries} attempts, the last: {last}", tries=tries, last=verdict.reason),
            counts=True,
        )
    delay_ms = verdict.after_ms
    if delay_ms is None:
        delay_ms = limits.retry.delay_ms(max(tries, 1), chance)
    if counts and claimed.age_ms + spent_ms + delay_ms > limits.retry.expire_ms:
        return Decision(state=State.HELD, reason=f"expired: {verdict.reason}", counts=True)
    throttle_ms = delay_ms if verdict.outcome is Outcome.THROTTLED else 0
    return Decision(
        state=State.WAITING,
        reason=verdict.reason,
        delay_ms=delay_ms,
        throttle_ms=throttle_ms,
        counts=counts,
        anew=_untaken(claimed, verdict),
    )


def _counts(claimed: Claimed, verdict: Verdict) -> bool:
    """An outage costs a document neither its attempts nor its time: what never left, a probe, a lane that is ill."""
    lane_is_ill = verdict.lane is LaneEffect.STOPS or verdict.outcome is Outcome.THROTTLED
    return verdict.sent and not claimed.probe and not lane_is_ill


def _untaken(claimed: Claimed, verdict: Verdict) -> bool:
    """A wrong address or login that is mended in routes.yaml must reach what waits; one in doubt keeps its bytes."""
    return not claimed.doubt and (not verdict.sent or verdict.lane is LaneEffect.STOPS)


def _coded(code: str, verdict: Verdict) -> str:
    return f"{code}: {verdict.reason}" if verdict.reason else code
