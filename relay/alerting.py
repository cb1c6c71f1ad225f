"""Tells of what was noticed: takes what is due from the store, and accepts it as events of the source `relay`."""

import asyncio
import contextlib
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from relay.alert import Alert, Alerts, Kind, Notice, body
from relay.configuration import Config
from relay.errors import StoreUnavailable
from relay.event import Event, event_id, pack
from relay.money import encode_json
from relay.points import Point, reached
from relay.refusals import Refusals
from relay.route import OWN_SOURCE, bounded, taken
from relay.store import Accepted, Blob, Entry
from relay.times import rfc3339

EVERY_S = 1.0
KNOWN_MS = 86_400_000  # an alert that is taken again must still be known
CONFIG_ONCE_MS = 3_600_000


class Accepting(Protocol):
    async def accept(self, entry: Entry) -> Accepted: ...


class Loaded(Protocol):
    """The configuration in force, and the version and the faults of the one that was refused after it."""

    @property
    def refused(self) -> tuple[str, str] | None: ...
    def __call__(self) -> Config: ...


async def _each_second(turn: Callable[[], Awaitable[None]]) -> None:
    """What the store doesn't take now is looked at the next time."""
    while True:
        with contextlib.suppress(StoreUnavailable):
            await turn()
        await asyncio.sleep(EVERY_S)


class Noticing:
    """What a process notices itself: a faulty configuration, and the requests that it turned away."""

    def __init__(self, alerts: Alerts, config: Loaded, refusals: Refusals | None = None) -> None:
        self._alerts, self._config, self._refusals = alerts, config, refusals
        self._listened: bool | None = None
        self._refused: str | None = None

    async def run(self) -> None:
        """Looks each second, until cancelled."""
        await _each_second(self.turn)

    async def turn(self) -> None:
        """Once. Raises StoreUnavailable."""
        listens = self._config().router.takes_alerts
        if listens != self._listened:
            await self._alerts.listen(listens)
            self._listened = listens
        if listens:
            await self._notice_config()
            await self._notice_refusals()

    async def _notice_config(self) -> None:
        version, faults = self._config.refused or (None, "")
        if version and version != self._refused:
            notice = Notice(kind=Kind.CONFIG, subject=version, wait_ms=0, once_ms=CONFIG_ONCE_MS, reason=faults)
            await self._alerts.notice([notice])
        self._refused = version

    async def _notice_refusals(self) -> None:
        notices = self._refusals.take() if self._refusals else []
        if not (self._refusals and notices):
            return
        try:
            await self._alerts.notice(notices)
        except StoreUnavailable:
            self._refusals.put_back(notices)
            raise


class Telling:
    """A worker's part: `worker` is its name, which is lost where it ends without a goodbye."""

    def __init__(self, alerts: Alerts, store: Accepting, config: Callable[[], Config], worker: str) -> None:
        self._alerts, self._store, self._config, self._worker = alerts, store, config, worker

    async def run(self) -> None:
        """Looks each second, until cancelled."""
        await _each_second(self.turn)

    async def turn(self) -> None:
        """Once. An alert that was taken and not told, because this worker died, is taken again by another, and its
        event is known then. Raises StoreUnavailable."""
        config = self._config()
        if not config.router.takes_alerts:
            return
        for alert in await self._alerts.take(self._worker):
            reached(Point.WORKER_ALERTING)
            await self._tell(alert, config)
            reached(Point.WORKER_ALERTED)
            await self._alerts.alerted([alert.id])

    async def _tell(self, alert: Alert, config: Config) -> None:
        """Nothing is stored of one that no route takes."""
        now_ms = time.time_ns() // 1_000_000
        found = entry(alert, config, event_id(now_ms, secrets.token_bytes(8)), now_ms)
        if found.deliveries:
            await self._store.accept(found)

    async def goodbye(self) -> None:
        with contextlib.suppress(StoreUnavailable):
            await self._alerts.goodbye(self._worker)


def entry(alert: Alert, config: Config, evt: str, now_ms: int) -> Entry:
    """The alert as an event, routed. Told twice it is the same one, though its bytes differ."""
    held = body(alert)
    event = Event(
        id=evt,
        source=OWN_SOURCE,
        type=held["type"],
        external_id=alert.id,
        headers={"content-type": "application/json"},
        body=encode_json(held),
        config=config.version,
    )
    names = {"event": event.names(rfc3339(now_ms)), "body": held, "whole": held}
    drafts = config.router.route(event, names)
    event = msgspec.structs.replace(event, routes=taken(drafts), deliveries=tuple(draft.id for draft in drafts))
    return Entry(
        evt=evt,
        mark=f"u:{OWN_SOURCE}:{bounded(alert.id)}",
        digest=Blob(hashlib.blake2b(event.body, digest_size=8).digest()),
        window_ms=KNOWN_MS,
        on_differs="ignore",
        packed=Blob(pack(event)),
        deliveries=drafts,
        callbacks=[()] * len(drafts),
    )
