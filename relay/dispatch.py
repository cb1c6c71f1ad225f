"""The lanes that this process drains, each by one stint at a time, and the attempts that these start."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable

import msgspec

from relay import noted
from relay.attempt import Attempt
from relay.configuration import Config
from relay.errors import StoreUnavailable
from relay.exchange import Edge
from relay.leases import Lease, Leases
from relay.stint import AGAIN_S, Stint
from relay.store import Claim, Claimed, Claims


class Dispatch:
    """The lanes that this process drains. `wake` asks for another stint, by whichever worker.

    `told` says whether nothing more is to be claimed: the process is told to stop, which may be some time before
    `stop`, or can't load the version in force.
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
        self.ring(lane)  # a stint that is just leaving must stay, or what woke us would wait for the sweep
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
        except Exception as error:  # noqa: BLE001 - it is told
            noted.failed(claimed, error)
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
