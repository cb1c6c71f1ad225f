"""From what an attempt came to, to what the store writes: the record, the settlement, the callback. Pure."""

from typing import Any

import msgspec

from relay import callback, record
from relay.callback import Told
from relay.configuration import Config
from relay.decision import Decision
from relay.delivery import ENDED, State
from relay.destination import Answer, Request
from relay.following import Ended, followers, kept
from relay.known import Known
from relay.masking import Mask
from relay.outcome import LaneEffect, Verdict
from relay.store import Blob, BreakerLimits, Claimed, Settlement
from relay.thin import Led, led_on
from relay.times import rfc3339


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What an attempt did. `started`: seconds since 1970; `digest`: of what was sent; `step`: where there are several.
    A lookup is no attempt. `heard`: how many were judged of those posted about it. `kept`: the request that waits for a
    person, who is shown all of it. `secrets`: what a login gave, to be masked."""

    started: float
    took_ms: int = 0
    request: Request | None = None
    answer: Answer | None = None
    digest: str | None = None
    step: str | None = None
    is_attempt: bool = True
    kept: bytes | None = None
    secrets: tuple[str, ...] = ()
    heard: int = 0


ILL = (LaneEffect.FAILS, LaneEffect.STOPS)


def settlement(claimed: Claimed, decision: Decision, verdict: Verdict, tried: Tried, config: Config) -> Settlement:
    wanted = None if claimed.notice else config.callback_of(claimed.event.source)
    ended, led = _ended(claimed, decision, verdict, tried), _led(claimed, decision, tried, config)
    known = _known(claimed)
    is_told = decision.state is State.CONFIRMING and claimed.asked_ms is not None
    return Settlement(
        dlv=claimed.id,
        token=claimed.token,
        state=decision.state,
        record=step_record(claimed, verdict, tried, config),
        limits=_limits(claimed, config) if decision.rejected or verdict.lane in ILL else None,
        effect=verdict.lane,
        delay_ms=decision.delay_ms,
        throttle_ms=decision.throttle_ms,
        counts=decision.counts,
        doubt=decision.doubt,
        anew=decision.anew,
        rejected=decision.rejected,
        posted=decision.posted,
        heard=tried.heard,
        look=decision.look,
        missed=decision.missed,
        is_attempt=tried.is_attempt,
        rendered=None if tried.kept is None else Blob(tried.kept),
        document=verdict.document,
        reason=decision.reason,
        digest=tried.digest if decision.state is State.DELIVERED else None,
        callbacks=() if is_told else callback.drafts(wanted, _told(claimed, decision, verdict, tried)),
        follow=led.made if led else followers(ended, known, config) if ended else [],
        prior=kept(ended, config) if ended and claimed.once else None,
        fetched=led.document if led else None,
        unrouted=claimed.event.source if led and not led.made else None,
    )


def _ended(claimed: Claimed, decision: Decision, verdict: Verdict, tried: Tried) -> Ended | None:
    """None while it hasn't, and for callbacks, which nothing follows."""
    if claimed.notice or decision.state not in ENDED:
        return None
    return Ended(
        id=claimed.id,
        route=claimed.route,
        destination=claimed.lane,
        state=decision.state,
        document=verdict.document,
        data=verdict.data,
        at_ms=_at_ms(tried),
    )


def _known(claimed: Claimed) -> Known:
    event, received_ms, opening = claimed.event, claimed.received_ms, claimed.opening
    return Known(event=event, received_ms=received_ms, fetched=claimed.fetched, opening=opening)


def _led(claimed: Claimed, decision: Decision, tried: Tried, config: Config) -> Led | None:
    """What a document that was read leads to."""
    fetch = config.fetch_of(claimed)
    if fetch is None or tried.answer is None or decision.state is not State.DELIVERED:
        return None
    return led_on(fetch, claimed, tried.answer, config, _at_ms(tried))


def _at_ms(tried: Tried) -> int:
    return int(tried.started * 1000) + tried.took_ms


def step_record(claimed: Claimed, verdict: Verdict, tried: Tried, config: Config) -> Blob:
    """The record of a step, as the store keeps it."""
    return Blob(record.pack(_record(claimed, verdict, tried, config)))


def _limits(claimed: Claimed, config: Config) -> BreakerLimits:
    limits = config.destinations[claimed.lane].limits
    return BreakerLimits(
        failures=limits.breaker.failures,
        probe_ms=limits.breaker.probe_ms,
        cap_ms=limits.breaker.cap_ms,
        stop_after=limits.stop_after,
    )


def _told(claimed: Claimed, decision: Decision, verdict: Verdict, tried: Tried) -> Told:
    return Told(
        id=claimed.id,
        route=claimed.route,
        destination=claimed.lane,
        state=decision.state,
        attempts=claimed.attempts + tried.is_attempt,
        document=verdict.document,
        reason=decision.reason,
        order_key=claimed.order_key,
        data=verdict.data,
    )


def _record(claimed: Claimed, verdict: Verdict, tried: Tried, config: Config) -> record.Record:
    mask = config.mask.beside(tried.secrets)
    return record.Record(
        n=claimed.attempts + tried.is_attempt,
        at=rfc3339(int(tried.started * 1000)),
        config=config.version,
        step=tried.step,
        duration_ms=tried.took_ms,
        outcome=str(verdict.outcome),
        status=tried.answer.status if tried.answer else None,
        reason=verdict.reason,
        request=_shown(tried, tried.request, mask) if tried.request else None,
        response=record.shown_answer(tried.answer, mask) if tried.answer else None,
    )


def _shown(tried: Tried, request: Request, mask: Mask) -> dict[str, Any]:
    most = record.BODY_SHOWN if tried.kept is None else record.HELD_SHOWN
    return record.shown_request(request, mask, most)
