"""A refused request is verified again by the file of today, as of the moment when it came, and let in where it holds.

Nobody can vouch for one that still doesn't: who could, could let in what was forged.
"""

import time
from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

from relay import turned
from relay.configuration import Config
from relay.errors import Forged, Refused
from relay.event import LetIn
from relay.ingest import Ingest, Taken
from relay.texts import _
from relay.turned import RefusedView, Told


class Readmitted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it. `events`: those that it holds, new or known; `detail`: why it is refused again."""

    id: str
    outcome: Literal["accepted", "duplicate", "refused"]
    events: list[str] = []
    detail: str | None = None


class Refusals(Protocol):
    async def one(self, refused_id: str) -> tuple[RefusedView, bytes | None] | None: ...
    async def remove(self, refused_id: str) -> None: ...


class Readmission:
    """Raises Refused: 404 where there is no such request, 409 where what it needs isn't kept."""

    def __init__(self, refusals: Refusals, ingest: Ingest, config: Callable[[], Config]) -> None:
        self._refusals, self._ingest, self._config = refusals, ingest, config

    async def readmit(self, refused_id: str, by: str, note: str) -> Readmitted:
        """The ring keeps it unless it is let in, which is done before it goes: asked twice, it is a duplicate."""
        found = await self._refusals.one(refused_id)
        if found is None:
            raise Refused(404, "unknown_request", _("there is no refused request {name}", name=repr(refused_id[:60])))
        view, kept = found
        if kept is None:
            raise Refused(409, "not_kept", _unkept(view.told))
        try:
            taken = await self._taken(view.told, kept, by, note)
        except (Forged, Refused) as fault:
            return Readmitted(id=refused_id, outcome="refused", detail=fault.what)
        if taken is None:
            return Readmitted(id=refused_id, outcome="refused", detail=_("it is a handshake, and holds no event"))
        await self._refusals.remove(refused_id)
        return _of(refused_id, taken)

    async def _taken(self, told: Told, kept: bytes, by: str, note: str) -> Taken | None:
        """Raises Refused and Forged."""
        source = self._config().sources.get(told.source)
        if source is None:
            raise Refused(404, "unknown_source", _("there is no source {source} any more", source=repr(told.source)))
        let_in = LetIn(by, note, time.time_ns() // 1_000_000, told.at_ms)
        return await self._ingest.readmit(source, turned.again(kept, source), let_in)


def _of(refused_id: str, taken: Taken) -> Readmitted:
    every = taken if isinstance(taken, list) else [taken]
    known = all(one.status == "duplicate" for one in every)
    return Readmitted(id=refused_id, outcome="duplicate" if known else "accepted", events=[one.id for one in every])


def _unkept(told: Told) -> str:
    if told.size is None:
        return _("it was refused before its body was read: have it sent again")
    return _("its body isn't kept (any more): have it sent again")
