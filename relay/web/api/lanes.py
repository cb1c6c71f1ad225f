"""Lanes: how they stand, and who holds them or lets them go."""

from collections.abc import Awaitable, Callable

import msgspec

from relay import __version__, glance, standing
from relay.configuration import Config
from relay.errors import Refused, StoreUnavailable
from relay.glance import LaneShown, StatusShown
from relay.signals import Signal, tell
from relay.store import Store
from relay.texts import _
from relay.version import Versions
from relay.web.api.calls import Asked, Nothing, call
from relay.web.api.shared import Why


class LaneList(msgspec.Struct, frozen=True, kw_only=True):
    lanes: list[LaneShown]


class Paused(msgspec.Struct, frozen=True, kw_only=True):
    destination: str
    paused: bool


class Lanes:
    """`forgive`: lets a login that was refused be tried again at once. `fit`: raises StoreUnavailable where nothing can
    be accepted."""

    def __init__(
        self,
        store: Store,
        versions: Versions,
        config: Callable[[], Config],
        forgive: Callable[[str], Awaitable[None]],
        fit: Callable[[], Awaitable[object]],
    ) -> None:
        self._store, self._versions, self._config, self._forgive, self._fit = store, versions, config, forgive, fit

    @call("GET /api/lanes", "Each lane at a glance: how many, why it stands still, what would resume it")
    async def many(self, asked: Asked[Nothing]) -> LaneList:
        return LaneList(lanes=await self._shown())

    @call("GET /api/status", "Lanes, workers, Redis and the configuration in force")
    async def status(self, asked: Asked[Nothing]) -> StatusShown:
        return StatusShown(
            version=__version__,
            config=self._config().version,
            configuration=await standing.in_force(self._versions, self._config()),
            why=(why := await self._wrong()),
            ready=why is None,
            redis=await self._store.room(),
            workers=await self._store.workers(),
            lanes=await self._shown(),
        )

    @call("POST /api/lanes/{destination}/pause", "Hold a lane: what comes waits, what is under way ends", (404,))
    async def pause(self, asked: Asked[Why]) -> Paused:
        return await self._decide(asked, paused=True)

    @call("POST /api/lanes/{destination}/resume", "Let a lane go, at once, also where its breaker is open", (404,))
    async def resume(self, asked: Asked[Why]) -> Paused:
        destination = self._config().destinations.get(asked.named)
        if destination and destination.auth.login:
            await self._forgive(destination.auth.login.fingerprint)
        return await self._decide(asked, paused=False)

    async def _decide(self, asked: Asked[Why], *, paused: bool) -> Paused:
        lane, note = asked.named, asked.given.note
        if lane not in self._config().destinations:
            raise Refused(404, "unknown_destination", _("there is no destination {name}", name=repr(lane[:60])))
        said = (_("paused by {by}", by=asked.by) if paused else _("resumed by {by}", by=asked.by)) + (
            _(": {note}", note=note) if note else ""
        )
        await self._store.pause(lane, said if paused else None, said)
        tell(Signal.LANE_PAUSED if paused else Signal.LANE_RESUMED, destination=lane, by=asked.by)
        return Paused(destination=lane, paused=paused)

    async def _shown(self) -> list[LaneShown]:
        destinations = self._config().destinations
        return glance.lanes(await self._store.lanes(list(destinations)), destinations)

    async def _wrong(self) -> str | None:
        try:
            await self._fit()
        except StoreUnavailable as error:
            return str(error)
        return None
