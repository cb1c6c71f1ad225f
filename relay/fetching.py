"""Fetches the files that a request refers to, before anything is sent: what can't be had now is tried again later."""

from collections.abc import Mapping, Sequence
from typing import Any

from relay.destination import Answer, Destination, Request
from relay.errors import RelayError, Unanswered, Unsendable, Unsent
from relay.files import Reference, seen
from relay.hosts import Hosts
from relay.outcome import LaneEffect, Outcome, Verdict
from relay.sendable import bounded
from relay.sessions import Sender
from relay.texts import _

_NOT_NOW = frozenset({408, 425, 429})


class Unfetched(RelayError):
    """A file that isn't there, or isn't what it should be. `verdict` is the attempt's, of which nothing was sent."""

    def __init__(self, what: str, outcome: Outcome) -> None:
        super().__init__(what)
        self.verdict = Verdict(outcome=outcome, reason=what, lane=LaneEffect.NONE, sent=False)


async def fetched(references: Sequence[Reference], destination: Destination, sender: Sender) -> list[Mapping[str, Any]]:
    """As expressions see them, in turn. Their servers get no credentials, and must be among the destination's `hosts`.
    Raises Unfetched."""
    hosts, timeout_ms = destination.hosts or Hosts(), destination.limits.timeout_ms
    found: list[Mapping[str, Any]] = []
    for number, each in enumerate(references):
        answer = await _asked(each, hosts, timeout_ms, sender, f"files[{number}]")
        found.append(_checked(each, answer, f"files[{number}]"))
    return found


async def _asked(reference: Reference, hosts: Hosts, timeout_ms: int, sender: Sender, which: str) -> Answer:
    request = Request(method="GET", url=reference.url, headers={}, body=b"")
    try:
        return await sender.send(bounded(request, hosts), timeout_ms, fresh=False)
    except Unsendable as fault:
        raise Unfetched(f"{which}: {fault}", Outcome.REJECTED) from None
    except (Unsent, Unanswered) as fault:
        raise Unfetched(f"{which}: {fault}", Outcome.RETRY) from None


def _checked(reference: Reference, answer: Answer, which: str) -> dict[str, Any]:
    if answer.status != 200:
        later = answer.status in _NOT_NOW or answer.status >= 500
        raise Unfetched(
            _("{which}: answered {status}", which=which, status=answer.status),
            Outcome.RETRY if later else Outcome.REJECTED,
        )
    if answer.cut:
        raise Unfetched(_("{which}: the file is too large", which=which), Outcome.REJECTED)
    file = seen(reference, answer.body, answer.headers.get("content-type", ""))
    if reference.sha256 and reference.sha256.lower() != file["sha256"]:
        raise Unfetched(_("{which}: the file isn't the one that its sha256 tells of", which=which), Outcome.HELD)
    return file
