"""Logins that all workers share: one at a time, ahead of their end, and never twice with credentials that are refused.

In a process one flight renews a session, and all who need it wait for that; over processes a lock in Redis does the
same. The lock is short and prolonged while its holder lives, as leases are.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Protocol

import msgspec

from relay.destination import Answer, Assertion, Destination, Identity, Login, Moment, Request, Session
from relay.errors import (
    ExpressionError,
    LoginLater,
    LoginRefused,
    RelayError,
    StoreUnavailable,
    Unanswered,
    Unsendable,
    Unsent,
)
from relay.insisting import insist
from relay.signals import Signal, tell
from relay.texts import _

LOCK_MS = 10_000
LOOK_S = 0.1
EARLY_AGAIN_S = 30.0
STOPPING_S = 5.0


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A session as it is kept. `id`: which login it came of."""

    id: str
    session: Session


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a fingerprint. `left_ms`: until the session's end, None where it has none; `refusal`: why the
    credentials were refused, for as long as they aren't tried again."""

    stored: Stored | None = None
    left_ms: int | None = None
    kept: dict[str, str] = {}
    refusal: str | None = None


class SessionStore(Protocol):
    """All raise StoreUnavailable."""

    async def read(self, fingerprint: str) -> Known: ...
    async def keep(self, fingerprint: str, stored: Stored) -> None: ...
    async def refuse(self, fingerprint: str, reason: str) -> None: ...
    async def lock(self, fingerprint: str, token: str, for_ms: int) -> bool: ...
    async def prolong(self, fingerprint: str, token: str, for_ms: int) -> None: ...
    async def unlock(self, fingerprint: str, token: str) -> None: ...


class Sender(Protocol):
    async def send(
        self, request: Request, timeout_ms: int, fresh: bool, identity: Identity | None = None
    ) -> Answer: ...


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """A session in use. Seconds of the monotonic clock; `secrets`: what is masked where it was used; `own`: this
    process logged in, and found it neither with another nor in Redis."""

    id: str
    session: Session
    ends: float
    renewed_from: float
    secrets: tuple[str, ...]
    own: bool = False


class Sessions:
    """Of one process."""

    def __init__(self, store: SessionStore, sender: Sender, signed: Callable[[Assertion], str]) -> None:
        self._store, self._sender, self._signed = store, sender, signed
        self._live: dict[str, Live] = {}
        self._flights: dict[str, asyncio.Task[Live]] = {}

    async def current(self, destination: Destination, login: Login, refused: str | None = None) -> Live:
        """A session that holds, logging in where there is none. `refused`: the id of one under which a request was
        refused just now. Raises LoginRefused, LoginLater, Unsent."""
        while True:
            live = self._live.get(login.fingerprint)
            if live and live.id != refused and time.monotonic() < live.renewed_from:
                return live
            try:
                live = await asyncio.shield(self._flight(destination, login, refused))
            except (LoginLater, Unsent) as fault:
                live = self._until_its_end(login, refused, fault)
            if live.id != refused:
                return live

    def _flight(self, destination: Destination, login: Login, refused: str | None) -> "asyncio.Task[Live]":
        running = self._flights.get(login.fingerprint)
        if running is None:
            running = asyncio.create_task(self._renewed(destination, login, refused))
            self._flights[login.fingerprint] = running
            running.add_done_callback(partial(self._landed, login.fingerprint))
        return running

    def _landed(self, fingerprint: str, flight: "asyncio.Task[Live]") -> None:
        del self._flights[fingerprint]
        if not flight.cancelled() and flight.exception() is None:
            self._live[fingerprint] = flight.result()

    def _until_its_end(self, login: Login, refused: str | None, fault: Unsent) -> Live:
        """What is renewed ahead of its end is used up to it where that fails, and tried again some time later."""
        live, now = self._live.get(login.fingerprint), time.monotonic()
        if live is None or live.id == refused or now >= live.ends or isinstance(fault, LoginRefused):
            raise fault
        later = msgspec.structs.replace(live, renewed_from=min(now + EARLY_AGAIN_S, live.ends))
        self._live[login.fingerprint] = later
        return later

    async def _renewed(self, destination: Destination, login: Login, refused: str | None) -> Live:
        token = secrets.token_hex(8)
        while not await insist(lambda: self._store.lock(login.fingerprint, token, LOCK_MS)):
            if live := _usable(await self._read(login), login, refused):
                return live
            await asyncio.sleep(LOOK_S)
        async with self._held(login.fingerprint, token):
            known = await self._read(login)
            return _usable(known, login, refused) or await self._begun(destination, login, known.kept)

    async def _read(self, login: Login) -> Known:
        return await insist(lambda: self._store.read(login.fingerprint))

    @asynccontextmanager
    async def _held(self, fingerprint: str, token: str) -> AsyncIterator[None]:
        """Prolongs the lock until the block is left."""

        async def prolong() -> None:
            while True:
                await asyncio.sleep(LOCK_MS / 3000)
                with contextlib.suppress(StoreUnavailable):
                    await self._store.prolong(fingerprint, token, LOCK_MS)

        prolonging = asyncio.create_task(prolong())
        try:
            yield
        finally:
            prolonging.cancel()
            with contextlib.suppress(asyncio.CancelledError, StoreUnavailable):
                await prolonging
            with contextlib.suppress(StoreUnavailable):
                await self._store.unlock(fingerprint, token)

    async def _begun(self, destination: Destination, login: Login, kept: dict[str, str]) -> Live:
        """Logs in. What came of it is kept before anything is done with it."""
        try:
            session = await self._converse(destination, login, kept)
        except LoginRefused as refusal:
            reason = refusal.what
            tell(Signal.LOGIN_REFUSED, "the attempts say why", destination=destination.name)
            await insist(lambda: self._store.refuse(login.fingerprint, reason))
            raise
        stored = Stored(id=secrets.token_hex(8), session=session)
        await insist(lambda: self._store.keep(login.fingerprint, stored))
        return msgspec.structs.replace(_live(stored, session.lasts_ms, login), own=True)

    async def _converse(self, destination: Destination, login: Login, kept: dict[str, str]) -> Session:
        steps = login.steps(moment, kept)
        said: Any = None
        try:
            while True:
                wanted = steps.send(said)
                said = await self._said(destination, wanted)
        except StopIteration as end:
            session: Session = end.value
            return session
        except (Unanswered, Unsendable, ExpressionError) as fault:
            raise _of_login(fault) from None

    async def _said(self, destination: Destination, wanted: Request | Assertion) -> str | Answer:
        if isinstance(wanted, Assertion):
            return self._signed(wanted)
        timeout_ms = destination.limits.timeout_ms
        return await self._sender.send(wanted, timeout_ms, fresh=True, identity=destination.identity)

    async def close(self) -> None:
        """Lets logins under way end, lest what they brought is lost; then cuts them off."""
        if flights := set(self._flights.values()):
            await asyncio.wait(flights, timeout=STOPPING_S)
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)


def moment() -> Moment:
    """Now, with a nonce of 32 hexadecimal digits."""
    return Moment(now_ms=int(time.time() * 1000), nonce=secrets.token_hex(16))


def _usable(known: Known, login: Login, refused: str | None) -> Live | None:
    """Raises LoginRefused while the credentials aren't to be tried again."""
    stored = known.stored
    if stored and stored.id != refused:
        live = _live(stored, known.left_ms, login)
        if time.monotonic() < live.renewed_from:
            return live
    if known.refusal is not None:
        raise LoginRefused(_("not tried again yet: {refusal}", refusal=known.refusal))
    return None


def _live(stored: Stored, left_ms: int | None, login: Login) -> Live:
    """Renewed `early_ms` ahead of its end, but not before half of its time is over."""
    now, whole_ms = time.monotonic(), stored.session.lasts_ms
    ends = float("inf") if left_ms is None else now + left_ms / 1000
    early_s = min(login.early_ms, (whole_ms or 0) // 2) / 1000
    found = tuple(sorted(_texts(stored.session)))
    return Live(id=stored.id, session=stored.session, ends=ends, renewed_from=ends - early_s, secrets=found)


def _texts(session: Session) -> set[str]:
    """All that a login brought: whatever of it is shown is masked."""
    found, pending = set[str](), [session.values, session.cookies, session.kept]
    for each in pending:
        for value in each.values():
            if isinstance(value, dict):
                pending.append(value)
            elif isinstance(value, str):
                found.add(value)
    return found


def _of_login(fault: RelayError) -> Unsent:
    """A login books nothing, so that one without an answer leaves no doubt; one that can't be asked is refused."""
    if isinstance(fault, Unanswered):
        return LoginLater(_("the login: {what}", what=fault.what))
    return LoginRefused(_("the login can't be asked for: {fault}", fault=fault))
