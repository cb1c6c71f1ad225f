"""The store on Redis: each step is one script call, and steps that come together share it."""

import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, cast

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from relay import metrics
from relay.errors import StoreUnavailable
from relay.signals import Signal, tell
from relay.store import Accepted, Batch, Blob, Claim, Claims, Decision, Entry, Hold, Refetch, Reroute, Settlement
from relay.stores.claims import claims
from relay.stores.fitness import forgetful, of_another, unfit
from relay.stores.group import Group
from relay.stores.listing import Listing
from relay.stores.overview import Overview
from relay.stores.scripts import Script
from relay.stores.trouble import Said, refusal, unavailable
from relay.texts import _

SCRIPTS = (
    *("accept", "claim", "begin", "settle", "extend", "give_back", "drop"),
    *("replay", "refetch", "reroute", "release", "pause", "sweep", "tide", "told"),
)

SCRIPT_BYTES = (256 << 10) // 64  # as much of a call as one of 64 events may take


class _Begin(msgspec.Struct, frozen=True):
    dlv: str
    token: str
    rendered: Blob | None
    record: Blob | None


class _Drop(msgspec.Struct, frozen=True):
    dlv: str
    token: str
    reason: str


class _GiveBack(msgspec.Struct, frozen=True):
    dlv: str
    token: str
    delay_ms: int


class RedisStore(Listing, Overview):
    """Implements relay.store.Store."""

    def __init__(self, redis: Redis, wake: Callable[[list[str]], object]) -> None:
        super().__init__(redis)
        self._wake = wake
        self._unfit: Said | None = None
        self._tide = 0
        self._confirm_key: bytes | None = None
        self._scripts = {name: Script(name) for name in SCRIPTS}
        self._accepts = Group(self._send_accepts, _size)
        self._begins = Group(self._send_begins, lambda item: len(item.rendered or b""))
        self._settles = Group(self._send_settles, lambda item: len(item.record))

    async def _call(self, name: str, args: Any) -> Any:
        began = time.perf_counter()
        try:
            reply = await self._scripts[name].call(self._redis, args)
        except (RedisError, OSError) as error:
            metrics.redis_failed[name].inc()
            raise unavailable(error) from error
        metrics.redis_s[name].observe(time.perf_counter() - began)
        return reply

    async def _call_group(self, name: str, items: list[Any]) -> Any:
        metrics.redis_items[name].observe(len(items))
        return await self._call(name, items)

    async def accept(self, entry: Entry) -> Accepted:
        """Durable when it returns. Raises StoreUnavailable where Redis can't confirm or is over its high-water mark."""
        if self._unfit:
            raise StoreUnavailable(*map(_, self._unfit))
        return _accepted(await self._accepts.add(entry))

    async def accept_all(self, batch: Batch) -> list[Accepted]:
        """The same of all events of one POST, in their order, or of none of them. Raises as `accept` does."""
        if self._unfit:
            raise StoreUnavailable(*map(_, self._unfit))
        answers = await self._accepts.add(batch)
        if answers[:1] == [b"error"]:
            raise refusal(answers[1].decode())
        return [_accepted(answer) for answer in answers]

    async def _send_accepts(self, items: list[Entry | Batch]) -> list[Any]:
        answers, asleep = await self._call_group("accept", items)
        self._ring(asleep)
        return cast(list[Any], answers)

    async def claim(self, claim: Claim) -> Claims:
        """Deliveries under leases of this claim. What can't be read is dropped to poison, and stops no other."""
        asked = msgspec.structs.replace(claim, tide=self._tide)
        readable, unreadable = claims(claim, await self._call("claim", asked))
        if unreadable:
            drops = [_Drop(dlv, claim.claim, reason) for dlv, reason in unreadable.items()]
            await self._call("drop", drops)
        return readable

    async def begin(self, dlv: str, token: str, rendered: Blob | None, record: Blob | None = None) -> bool:
        """False where another claim has taken the delivery: then nothing may be sent. `record`: of a step before."""
        return bool(await self._begins.add(_Begin(dlv, token, rendered, record)))

    async def _send_begins(self, items: list[_Begin]) -> list[int]:
        return cast(list[int], await self._call_group("begin", items))

    async def settle(self, settlement: Settlement) -> str:
        """done, again (settled before), late (kept as evidence), or poison."""
        return (await self._settles.add(settlement)).decode()

    async def _send_settles(self, items: list[Settlement]) -> list[bytes]:
        answers, asleep, changes = await self._call_group("settle", items)
        self._ring(asleep)
        for lane, change in changes:
            tell(Signal(f"lane.{change.decode()}"), destination=lane.decode())
        return cast(list[bytes], answers)

    async def extend(self, holds: Sequence[Hold], lease_ms: int) -> list[bool]:
        """For each whether it is still held."""
        return [bool(one) for one in await self._call("extend", {"lease_ms": lease_ms, "items": holds})]

    async def give_back(self, hold: Hold, delay_ms: int) -> None:
        self._ring(await self._call("give_back", [_GiveBack(hold.dlv, hold.token, delay_ms)]))

    async def sweep(self, want: int, again_ms: int) -> list[str]:
        """Lanes that have work and no drainer."""
        return [lane.decode() for lane in await self._call("sweep", {"want": want, "again_ms": again_ms})]

    async def decide(self, decision: Decision) -> str:
        """done, again (asked before), missing, or the state that forbids it."""
        args = msgspec.structs.asdict(decision)
        if decision.decide in ("replay", "again"):
            status, asleep = await self._call("replay", {**args, "again": decision.decide == "again"})
        else:
            status, asleep = await self._call("release", {**args, "as": decision.decide})
        self._ring(asleep)
        return cast(bytes, status).decode()

    async def refetch(self, refetch: Refetch) -> str:
        """done, again (asked before), or why not: missing, or pending where its only delivery is open."""
        status, asleep = await self._call("refetch", refetch)
        self._ring(asleep)
        return cast(bytes, status).decode()

    async def reroute(self, reroute: Reroute) -> list[str] | None:
        """The ids that were made; None where there is no such event."""
        status, made, asleep = await self._call("reroute", reroute)
        self._ring(asleep)
        return None if status == b"missing" else [one.decode() for one in made]

    async def told(self, dlv: str, posted: Blob, record: Blob) -> str:
        """What a destination posted about a delivery: done, again (the same waits already), ended (kept as evidence),
        many, or missing. Durable when it returns."""
        if self._unfit:
            raise StoreUnavailable(*map(_, self._unfit))
        status, asleep = await self._call("told", {"dlv": dlv, "posted": posted, "record": record})
        self._ring(asleep)
        return cast(bytes, status).decode()

    async def confirm_key(self) -> bytes:
        """The key of the addresses that deliveries are confirmed at: made once, the same for all processes."""
        if self._confirm_key is None:
            made = secrets.token_hex(32)
            _, found = await self._pipe(lambda pipe: pipe.set("confirm:key", made, nx=True).get("confirm:key"))
            self._confirm_key = bytes(found)
        return self._confirm_key

    async def pause(self, lane: str, reason: str | None, said: str | None = None) -> None:
        """Holds a lane for a reason, or lets it go with None. `said`: who decided it, kept with the lane."""
        self._ring(await self._call("pause", {"lane": lane, "reason": reason, "said": said}))

    async def tide(self, seen: int | None, slack_ms: int, lanes: Sequence[str]) -> tuple[int, bool]:
        """The mark now, and whether Redis had come back with an older one: then every lane is paused. Until that is
        looked for, a Redis with an older one hands out nothing to this store."""
        now, fell = await self._call("tide", {"seen": seen, "slack_ms": slack_ms, "lanes": lanes})
        self._tide = now - slack_ms
        return now, bool(fell)

    async def bells(self) -> AsyncIterator[str]:
        """Names of lanes that went from idle to busy, as they are rung. Ends with StoreUnavailable."""
        try:
            async with self._redis.pubsub(ignore_subscribe_messages=True) as bell:
                await bell.subscribe("bell")
                while True:
                    rung = await bell.get_message(timeout=1.0)
                    if rung is not None:
                        yield rung["data"].decode()
        except (RedisError, OSError) as error:
            raise unavailable(error) from error

    async def check(self) -> None:
        """Raises StoreUnavailable unless accepts are possible; to be asked each second."""
        *sections, layout = await self._pipe(
            lambda pipe: pipe.info("memory").info("replication").info("persistence").get("layout")
        )
        self._unfit = of_another(layout) or unfit(*sections)
        if self._unfit:
            raise StoreUnavailable(*map(_, self._unfit))

    async def warning(self) -> str | None:
        """What a person should know of this Redis before trusting it."""
        (persistence,) = await self._pipe(lambda pipe: pipe.info("persistence"))
        try:
            save = (await self._redis.config_get("save")).get("save") or ""
        except RedisError:  # a managed Redis may forbid CONFIG
            save = "unknown"
        return forgetful(persistence, save)

    def _ring(self, asleep: Awaitable[Any] | list[bytes]) -> None:
        lanes = [lane.decode() for lane in cast(list[bytes], asleep)]
        if lanes:
            self._wake(lanes)


def _accepted(answer: list[Any]) -> Accepted:
    """Raises StoreUnavailable."""
    status, evt, count = answer
    if status == b"error":
        raise refusal(evt.decode())
    return Accepted(status=status.decode(), id=evt.decode(), deliveries=count)


def _size(item: Entry | Batch) -> int:
    """In bytes, which bounds a call; a POST of many small events counts by these too."""
    if isinstance(item, Entry):
        return len(item.packed)
    return len(item.whole) + sum(len(entry.packed) + SCRIPT_BYTES for entry in item.entries)
