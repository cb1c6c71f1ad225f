"""Drains lanes: a stint claims, starts attempts, waits for the bell or a free place, and leaves an idle lane."""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Callable

import msgspec

from relay.attempt import Attempt, Edge
from relay.configuration import Config
from relay.destination import Ambiguous, Limits
from relay.errors import StoreUnavailable
from relay.leases import LEASE_MS, Lease, Leases
from relay.store import Claim, Claimed, Claims

STINT_S = 20.0
LINGER_S = 3.0
STINT_MS = 3_000
POLL_S = 1.0
AHEAD_MS = 1_000
AGAIN_S = 0.5

log = logging.getLogger("relay.dispatch")


class Dispatch:
    """The lanes that this process drains. `wake` asks for another stint, by whichever worker.

    `told` says whether the process is told to stop, which may be some time before `stop`.
    """

    def __init__(
        self,
        edge: Edge,
        leases: Leases,
        config: Callable[[], Config],
        wake: Callable[[list[str]], object],
        told: Callable[[], bool],
    ) -> None:
        self._edge, self._leases, self._config, self._wake = edge, leases, config, wake
        self._told, self._stopped = told, False
        self._worker = secrets.token_hex(6)
        self._stints: dict[str, Stint] = {}
        self._attempting: set[asyncio.Task[None]] = set()
        self._drains: set[asyncio.Task[None]] = set()

    async def drain(self, lane: str) -> None:
        """One stint on a lane: returns when the lane is idle, after STINT_S, or when the worker stops."""
        await self.begin(lane)

    def begin(self, lane: str) -> "asyncio.Task[None]":
        """The same, beside whatever runs."""
        drain = asyncio.create_task(self._drain(lane))
        self._drains.add(drain)
        drain.add_done_callback(self._drains.discard)
        return drain

    async def _drain(self, lane: str) -> None:
        destination = self._config().destinations.get(lane)
        if destination is None or lane in self._stints or self.stopping:
            return
        stint = Stint(lane, self, destination.limits)
        self._stints[lane] = stint
        try:
            left_work = await stint.claim_until_idle()
        finally:
            del self._stints[lane]
        if left_work:
            await self.leave(lane)
        await stint.finish()

    @property
    def stopping(self) -> bool:
        return self._stopped or self._told()

    def ring(self, lane: str) -> None:
        """The lane went from idle to busy; heard only where it is being drained."""
        if lane in self._stints:
            self._stints[lane].news.set()

    async def listen(self) -> None:
        """Hears the bell until cancelled."""
        while True:
            with contextlib.suppress(StoreUnavailable):
                async for lane in self._edge.store.bells():
                    self.ring(lane)
            await asyncio.sleep(AGAIN_S)

    def stop(self) -> None:
        """No more claims; what runs goes on, what isn't begun is given back."""
        self._stopped = True
        for stint in self._stints.values():
            stint.news.set()

    @property
    def running(self) -> set[asyncio.Task[None]]:
        """Stints and attempts."""
        return self._drains | self._attempting

    async def ended(self) -> None:
        """Waits until no stint and no attempt runs."""
        while running := self.running:
            await asyncio.wait(running)

    async def claim(self, claim: Claim) -> Claims:
        return await self._edge.store.claim(msgspec.structs.replace(claim, worker=self._worker))

    def attempt(self, claimed: Claimed, asked_at: float) -> "asyncio.Task[None]":
        """Runs one attempt under its lease."""
        task = asyncio.create_task(self._attempt(claimed, asked_at))
        self._attempting.add(task)
        task.add_done_callback(self._attempting.discard)
        return task

    async def _attempt(self, claimed: Claimed, asked_at: float) -> None:
        lease = Lease(claimed, asked_at, lambda: self.stopping)
        self._leases.add(lease)
        try:
            await Attempt(claimed, lease, self._config(), self._edge).run()
        except Exception:
            log.exception("left to its lease: %s", claimed.id)
        finally:
            self._leases.drop(lease)

    async def leave(self, lane: str) -> None:
        """Gives up the stint at once, so that another worker may go on."""
        claim = Claim(
            lane=lane,
            worker="",
            claim=secrets.token_hex(8),
            want=0,
            lease_ms=0,
            stint_ms=0,
            concurrency=0,
            leaving=True,
        )
        with contextlib.suppress(StoreUnavailable):
            await self.claim(claim)
        self._wake([lane])


class Stint:
    """One process on one lane for a while."""

    def __init__(self, lane: str, dispatch: Dispatch, limits: Limits) -> None:
        self.lane, self._dispatch, self._limits = lane, dispatch, limits
        self.news = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._claim: Claim | None = None
        self._asked_at = 0.0

    async def claim_until_idle(self) -> bool:
        """Whether it stopped with work left on the lane."""
        ends, idle_since = time.monotonic() + STINT_S, time.monotonic()
        while not self._dispatch.stopping:
            now = time.monotonic()
            if now > ends:
                return True
            leaving = not self._running and now - idle_since > LINGER_S
            self.news.clear()
            claims = await self._ask(leaving)
            if claims and claims.deliveries:
                idle_since = time.monotonic()
            elif leaving and claims and not claims.more:
                return False
            if not (claims and claims.more and self._room()):
                await self._wait(claims, ends)
        return True

    async def finish(self) -> None:
        """Waits for the attempts that it started."""
        while self._running:
            await asyncio.wait(self._running)

    def _room(self) -> int:
        return self._limits.concurrency - len(self._running)

    async def _ask(self, leaving: bool) -> Claims | None:
        """Claims for the free places; None where there is none, or Redis doesn't answer: then the same claim is
        asked again, so that a lost answer leaves nothing behind."""
        if not self._room():
            return None
        if self._claim is None:
            self._claim, self._asked_at = self._next_claim(leaving), time.monotonic()
        try:
            claims = await self._dispatch.claim(self._claim)
        except StoreUnavailable:
            await asyncio.sleep(AGAIN_S)
            return None
        self._claim = None
        for claimed in claims.deliveries:
            task = self._dispatch.attempt(claimed, self._asked_at)
            self._running.add(task)
            task.add_done_callback(self._done)
        return claims

    def _next_claim(self, leaving: bool) -> Claim:
        limits = self._limits
        return Claim(
            lane=self.lane,
            worker="",
            claim=secrets.token_hex(8),
            want=min(self._room(), 64),
            lease_ms=LEASE_MS,
            stint_ms=STINT_MS,
            concurrency=limits.concurrency,
            pace_ms=limits.pace_ms,
            ahead_ms=AHEAD_MS if limits.ambiguous is Ambiguous.RESEND else 0,
            leaving=leaving,
        )

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self.news.set()

    async def _wait(self, claims: Claims | None, ends: float) -> None:
        """Until the bell rings, a place is free, or the lane's next work is due."""
        next_s = POLL_S
        if claims and claims.next_ms is not None and claims.next_ms > 0:
            next_s = min(POLL_S, claims.next_ms / 1000)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(next_s, max(0.0, ends - time.monotonic()) + 0.01)):
                await self.news.wait()
