"""A stint: one process on one lane for a while. It claims, starts attempts, waits for the bell, a free place or what is
due next, and leaves a lane that has nothing to do soon."""

import asyncio
import contextlib
import math
import secrets
import time
from typing import Protocol

import msgspec

from relay.destination import Ambiguous, Limits
from relay.errors import StoreUnavailable
from relay.leases import LEASE_MS
from relay.store import Claim, Claimed, Claims

STINT_S = 20.0
STINT_MS = 3_000
POLL_S = 1.0
AHEAD_MS = 1_000
AGAIN_S = 0.5
MOST_AT_ONCE = 64
WIDE = 32


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds that a stint stays on an empty lane; waits for more free places where there are few; and lets pass after
    an attempt before it looks for what that left to be tried again."""

    linger_s: float = 3.0
    gather_s: float = 0.005
    look_s: float = 0.05


STAYS = Waits()


class Drainer(Protocol):
    """What a stint is of: this process's share of the lanes."""

    @property
    def stopping(self) -> bool:
        """Whether no more is to be claimed."""

    async def claim(self, claim: Claim) -> Claims: ...

    def attempt(self, claimed: Claimed, asked_at: float) -> "asyncio.Task[None]":
        """Runs one attempt under its lease, which was asked for at `asked_at`."""


class Stint:
    """`news` is set where the lane may have work again, or where the drainer stops."""

    def __init__(self, lane: str, drainer: Drainer, limits: Limits, waits: Waits = STAYS) -> None:
        self.lane, self._drainer, self._limits, self._waits = lane, drainer, limits, waits
        self.news = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._claim: Claim | None = None
        self._asked_at = 0.0
        self._due = math.inf
        self._ready = False
        self._look: asyncio.TimerHandle | None = None
        self._few = limits.concurrency // 4 if limits.concurrency >= WIDE else 1

    async def claim_until_idle(self) -> bool:
        """Whether it stopped with work left on the lane."""
        idle_since = time.monotonic()
        ends = idle_since + STINT_S
        while not self._drainer.stopping:
            now = time.monotonic()
            if now > ends:
                return True
            leaving = not self._running and now - idle_since > self._waits.linger_s and not self._is_due_soon()
            self.news.clear()
            claims = await self._ask(leaving)
            if claims and claims.deliveries:
                idle_since = time.monotonic()
            elif leaving and claims and not (self._is_due_soon() or self.news.is_set()):
                return False
            if not (claims and claims.more and self._room()):
                await self._wait(ends)
                await self._gather()
        return True

    async def finish(self) -> None:
        """Waits for the attempts that it started."""
        while self._running:
            await asyncio.wait(self._running)

    def _is_due_soon(self) -> bool:
        """Whether the lane's next work comes before another stint would be begun for it."""
        return self._due - time.monotonic() < self._waits.linger_s

    def _room(self) -> int:
        return self._limits.concurrency - len(self._running)

    async def _ask(self, leaving: bool) -> Claims | None:
        """Claims for the free places; None where there is none, or Redis doesn't answer: then the same claim is
        asked again, so that a lost answer leaves nothing behind."""
        if not self._room():
            self._ready = True  # the bell may have rung meanwhile: the next free place is to be claimed for
            return None
        if self._claim is None:
            self._claim, self._asked_at = self._next_claim(leaving), time.monotonic()
        self._forget_look()
        try:
            claims = await self._drainer.claim(self._claim)
        except StoreUnavailable:
            await asyncio.sleep(AGAIN_S)
            return None
        self._claim, self._ready = None, claims.ready
        self._due = math.inf if claims.next_ms is None else time.monotonic() + claims.next_ms / 1000
        for claimed in claims.deliveries:
            task = self._drainer.attempt(claimed, self._asked_at)
            self._running.add(task)
            task.add_done_callback(self._done)
        return claims

    async def _gather(self) -> None:
        """A moment for more places where few are free: a claim of two costs as much as one of twenty."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._waits.gather_s):
                while 0 < self._room() < self._few and not self._drainer.stopping:
                    self.news.clear()
                    await self.news.wait()

    def _next_claim(self, leaving: bool) -> Claim:
        limits = self._limits
        return Claim(
            lane=self.lane,
            worker="",
            claim=secrets.token_hex(8),
            want=min(self._room(), MOST_AT_ONCE),
            lease_ms=LEASE_MS,
            stint_ms=STINT_MS,
            concurrency=limits.concurrency,
            pace_ms=limits.pace_ms,
            ahead_ms=AHEAD_MS if limits.ambiguous is Ambiguous.RESEND else 0,
            leaving=leaving,
        )

    def _done(self, task: asyncio.Task[None]) -> None:
        """Its place serves what is ready. Where nothing is, the bell rings for what comes, and not for what is to be
        tried again: that is looked for a little later."""
        self._running.discard(task)
        if self._ready:
            self.news.set()
        elif self._look is None:
            self._look = asyncio.get_running_loop().call_later(self._waits.look_s, self.news.set)

    def _forget_look(self) -> None:
        if self._look:
            self._look.cancel()
            self._look = None

    async def _wait(self, ends: float) -> None:
        """Until the bell rings, a place is free, or the lane's next work is due."""
        now = time.monotonic()
        due = self._due if self._due > now else math.inf
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(POLL_S, due - now, max(0.0, ends - now) + 0.01)):
                await self.news.wait()
