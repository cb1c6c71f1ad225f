"""Requests that were refused, and how they are let in once the reason is mended."""

from typing import Annotated

import msgspec
from msgspec import Meta

from relay.readmitting import Readmission, Readmitted
from relay.sieve import RefusedSieve
from relay.stores.refused import RedisRefused
from relay.times import rfc3339
from relay.turned import RefusedView
from relay.web.api.calls import Asked, Parameters, call
from relay.web.api.shared import END, LIMIT, Limit, Short, Why
from relay.web.api.times import When, instant_ms

PLACE = rf"^ref_[0-9]{{1,19}}-[0-9]{{1,19}}{END}"


class RefusedQuery(Parameters, frozen=True):
    """Which, newest first; `since` and `until` are about when they came."""

    source: Annotated[Short | None, Meta(description="the source that they were sent to")] = None
    reason: Annotated[Short | None, Meta(description="signature, network, or the code of the answer")] = None
    since: When = None
    until: When = None
    limit: Limit = LIMIT
    cursor: Annotated[
        Annotated[str, Meta(pattern=PLACE)] | None, Meta(description="what `next` of an earlier page gave")
    ] = None


class RefusedShown(msgspec.Struct, frozen=True, kw_only=True):
    """`size`, `sha256`: of its body, null where it was refused before that was read. `kept`: whether it can be let in.
    `id` is its own; it is no event."""

    id: str
    at: str
    source: str
    reason: str
    status: int
    sender: str
    method: str
    headers: dict[str, str]
    size: int | None
    sha256: str | None
    kept: bool


class RefusedList(msgspec.Struct, frozen=True, kw_only=True):
    refused: list[RefusedShown]
    next: str | None


class RefusedRequests:
    def __init__(self, ring: RedisRefused, readmission: Readmission) -> None:
        self._ring, self._readmission = ring, readmission

    @call("GET /api/refused", "Requests that were refused, newest first; the latest 10,000 are kept")
    async def many(self, asked: Asked[RefusedQuery]) -> RefusedList:
        query = asked.given
        sieve = RefusedSieve(
            source=query.source,
            reason=query.reason,
            since_ms=instant_ms(query.since, "since"),
            until_ms=instant_ms(query.until, "until"),
        )
        page = await self._ring.refused(query.cursor, query.limit, sieve)
        return RefusedList(refused=[_shown(one) for one in page.refused], next=page.next)

    @call("POST /api/refused/{id}/readmit", "Verify one again by the file of today, and let it in", (404, 409))
    async def readmit(self, asked: Asked[Why]) -> Readmitted:
        return await self._readmission.readmit(asked.named, asked.by, asked.given.note)


def _shown(view: RefusedView) -> RefusedShown:
    told = view.told
    return RefusedShown(
        id=view.id,
        at=rfc3339(told.at_ms),
        source=told.source,
        reason=told.reason,
        status=told.status,
        sender=told.sender,
        method=told.method,
        headers=told.headers,
        size=told.size,
        sha256=told.sha256,
        kept=view.kept,
    )
