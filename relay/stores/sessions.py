"""Logins in Redis, under keys of their own: plain commands, each key with an end."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError, WatchError

from relay.sessions import Known, Stored
from relay.stores.trouble import unavailable

T = TypeVar("T")
COOL_MS = 300_000
COOLEST_MS = 3_600_000
COUNTED_MS = 86_400_000
KEPT_MS = 400 * 86_400_000
OPEN_END_MS = 7 * 86_400_000
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Stored).decode
_kept = msgspec.json.Decoder(dict[str, str]).decode


class RedisSessions:
    """Implements relay.sessions.SessionStore."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read(self, fingerprint: str) -> Known:
        """A session without an end of its own is kept for a week."""
        key = _key(fingerprint)
        pipe: Any = self._redis.pipeline(transaction=True)
        pipe.get(key).pttl(key).get(f"{key}:kept").get(f"{key}:refused")
        packed, left_ms, kept, refusal = await self._tried(pipe.execute)
        stored = _decode(packed) if packed else None
        ends = stored is not None and stored.session.lasts_ms is not None
        return Known(
            stored=stored,
            left_ms=left_ms if ends else None,
            kept=_kept(kept) if kept else {},
            refusal=refusal.decode() if refusal else None,
        )

    async def keep(self, fingerprint: str, stored: Stored) -> None:
        """The session and what the next login needs, together; whatever was refused before is forgotten."""
        key, session = _key(fingerprint), stored.session
        pipe = self._redis.pipeline(transaction=True)
        pipe.set(key, _encode(stored), px=session.lasts_ms or OPEN_END_MS)
        if session.kept:
            pipe.set(f"{key}:kept", _encode(session.kept), px=KEPT_MS)
        pipe.delete(f"{key}:refused", f"{key}:refusals")
        await self._tried(pipe.execute)

    async def refuse(self, fingerprint: str, reason: str) -> None:
        """For five minutes, doubling to an hour with each refusal in a day."""
        key = _key(fingerprint)
        counted: Any = self._redis.pipeline(transaction=True)
        counted.incr(f"{key}:refusals").pexpire(f"{key}:refusals", COUNTED_MS)
        times, _ = await self._tried(counted.execute)
        cool_ms = min(COOL_MS << min(times - 1, 10), COOLEST_MS)
        await self._tried(lambda: self._redis.set(f"{key}:refused", reason, px=cool_ms))

    async def forgive(self, fingerprint: str) -> None:
        """A person says that the credentials are good again: the next login goes at once."""
        key = _key(fingerprint)
        await self._tried(lambda: self._redis.delete(f"{key}:refused", f"{key}:refusals"))

    async def lock(self, fingerprint: str, token: str, for_ms: int) -> bool:
        """Whether it is this one's now."""
        return bool(await self._tried(lambda: self._redis.set(f"{_key(fingerprint)}:lock", token, nx=True, px=for_ms)))

    async def prolong(self, fingerprint: str, token: str, for_ms: int) -> None:
        """Unless another has it."""
        await self._if_held(fingerprint, token, lambda pipe, key: pipe.pexpire(key, for_ms))

    async def unlock(self, fingerprint: str, token: str) -> None:
        """The same."""
        await self._if_held(fingerprint, token, lambda pipe, key: pipe.delete(key))

    async def _if_held(self, fingerprint: str, token: str, change: Callable[[Any, str], object]) -> None:
        key = f"{_key(fingerprint)}:lock"

        async def changed() -> None:
            pipe: Any
            async with self._redis.pipeline(transaction=True) as pipe:
                await pipe.watch(key)
                if await pipe.get(key) == token.encode():
                    pipe.multi()
                    change(pipe, key)
                    await pipe.execute()

        try:
            await self._tried(changed)
        except WatchError:
            return

    async def _tried(self, step: Callable[[], Awaitable[T]]) -> T:
        try:
            return await step()
        except WatchError:
            raise
        except (RedisError, OSError) as error:
            raise unavailable(error) from error


def _key(fingerprint: str) -> str:
    return f"login:{fingerprint}"
