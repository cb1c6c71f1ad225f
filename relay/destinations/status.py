"""What an answer says by its status alone, for destinations without `result:` and for answers that no rule takes."""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from relay.destination import Answer
from relay.outcome import LaneEffect, Outcome, Verdict
from relay.texts import _

LONGEST_WAIT_MS = 86_400_000
_NOT_NOW = frozenset({425, 429, 503})
_LOGIN = frozenset({401, 403, 407})
_GONE = frozenset({404, 405, 410})
_SECONDS = re.compile(r"[0-9]{1,9}")


def by_status(answer: Answer, fixed_address: bool) -> Verdict:
    """The defaults of CONTRACT section 5. At a fixed address, 404, 405 and 410 are the lane's fault: it stops, and
    the delivery waits. At one rendered from the event they are the document's."""
    status = answer.status
    if status in _NOT_NOW:
        return _verdict(Outcome.THROTTLED, LaneEffect.ANSWERS, answer)
    if status in _LOGIN or 300 <= status < 400:
        return _verdict(Outcome.UNAUTHORISED, LaneEffect.STOPS, answer)
    if status in _GONE and fixed_address:
        return _verdict(Outcome.RETRY, LaneEffect.STOPS, answer)
    if 200 <= status < 300:
        return Verdict(outcome=Outcome.DELIVERED)
    if 400 <= status < 500 and status != 408:
        return _verdict(Outcome.REJECTED, LaneEffect.ANSWERS, answer)
    return _verdict(Outcome.UNKNOWN, LaneEffect.FAILS, answer)


def reason(answer: Answer) -> str:
    """`answered 503`, or for a redirect its host; never a whole address, which may hold a secret."""
    if 300 <= answer.status < 400:
        return _("redirected to {host}", host=_host(answer.headers.get("location", "")))
    return _("answered {status}", status=answer.status)


def retry_after_ms(headers: Mapping[str, str]) -> int | None:
    """What Retry-After asks for, at most a day; a date is read against the answer's own Date, so that no clock is."""
    text = headers.get("retry-after", "").strip()
    wait = int(text) if _SECONDS.fullmatch(text) else _until(text, headers.get("date", ""))
    return None if wait is None else max(0, min(wait * 1000, LONGEST_WAIT_MS))


def _verdict(outcome: Outcome, lane: LaneEffect, answer: Answer) -> Verdict:
    wait = retry_after_ms(answer.headers)
    return Verdict(outcome=outcome, reason=reason(answer), after_ms=wait, lane=lane)


def _until(then: str, now: str) -> int | None:
    try:
        return int((parsedate_to_datetime(then) - parsedate_to_datetime(now)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def _host(location: str) -> str:
    try:
        return urlsplit(location).hostname or _("itself")
    except ValueError:
        return _("somewhere unreadable")
