"""The whole at a glance: lanes, workers, and what Redis has left."""

from collections.abc import Sequence
from typing import Any

from relay.breaker import BreakerState
from relay.stores.fitness import HIGH_WATER
from relay.stores.reading import Reading, instant, text
from relay.texts import N_, _
from relay.views import LaneView, RedisView, WorkerView

UNREADABLE = N_("a part of it can't be read: see poison in docs/operations.md")
WORKERS = "rq:workers"


class Overview(Reading):
    """More queries of relay.store.Store."""

    async def lanes(self, names: Sequence[str]) -> list[LaneView]:
        """The named lanes and all that ever had a delivery, by name."""
        known, (now, micros) = await self._pipe(lambda pipe: pipe.smembers("lanes").time())
        lanes = sorted({*names, *(lane.decode() for lane in known)})

        def ask(pipe: Any) -> None:
            for lane in lanes:
                pipe.hgetall(f"l:{lane}")
                for part in ("ready", "wait", "fly", "held", "dead"):
                    pipe.zcard(f"l:{lane}:{part}")
                for part in ("ready", "wait", "fly"):
                    pipe.zrange(f"l:{lane}:{part}", 0, 0)

        replies = await self._pipe(ask)
        rows = [replies[at : at + 9] for at in range(0, len(replies), 9)]
        since = await self._since([[*ready, *waiting, *in_flight] for *_before, ready, waiting, in_flight in rows])
        now_ms = now * 1000 + micros // 1000
        return [_lane_view(lane, row, now_ms, at) for lane, row, at in zip(lanes, rows, since, strict=True)]

    async def _since(self, heads: list[list[bytes]]) -> list[int | None]:
        """When the first event of each lane's came, of those whose deliveries are next in each part."""
        times = iter(
            await self._pipe(lambda pipe: [pipe.hget(f"d:{dlv.decode()}", "came") for head in heads for dlv in head])
        )
        return [min(filter(None, [instant(next(times)) for _each in head]), default=None) for head in heads]

    async def workers(self) -> list[WorkerView]:
        """Those that RQ knows, by name: one that was killed is among them until its heartbeat has run out."""
        (known,) = await self._pipe(lambda pipe: pipe.smembers(WORKERS))
        keys = sorted(key.decode() for key in known)
        rows = await self._pipe(lambda pipe: [pipe.hgetall(key) for key in keys])
        return [_worker(key, row) for key, row in zip(keys, rows, strict=True) if row]

    async def room(self) -> RedisView:
        """What it uses, and from where on accepts are refused."""
        memory, server = await self._pipe(lambda pipe: pipe.info("memory").info("server"))
        most = memory.get("maxmemory") or None
        return RedisView(
            version=str(server.get("redis_version", "?")),
            used_bytes=memory["used_memory"],
            peak_bytes=memory.get("used_memory_peak", 0),
            most_bytes=most,
            refuses_from_bytes=most and int(most * HIGH_WATER),
        )


def _lane_view(lane: str, row: list[Any], now_ms: int, came_ms: int | None) -> LaneView:
    fields, *counts = row[:6]
    ready, waiting, in_flight, held, dead = (count or 0 for count in counts)
    tries = BreakerState.HALF_OPEN if b"probe" in fields else BreakerState.OPEN
    breaker, ill = (tries, fields.get(b"ill")) if b"open" in fields else (BreakerState.CLOSED, None)
    throttled_ms = instant(fields.get(b"throttle")) or 0
    at, decided = fields.get(b"said", b"").partition(b" ")[::2]
    return LaneView(
        destination=lane,
        ready=ready,
        waiting=waiting,
        in_flight=in_flight,
        held=held,
        dead=dead,
        oldest_s=max(0, now_ms - came_ms) // 1000 if came_ms else None,
        breaker=str(breaker),
        paused=b"paused" in fields,
        stopped=_(UNREADABLE) if {} in counts else text(fields.get(b"paused") or ill),
        since_ms=instant(fields.get(b"closed_since")),
        probe_ms=instant(fields.get(b"probe_at")) if b"open" in fields else None,
        throttled_ms=throttled_ms if throttled_ms > now_ms else None,
        parked=max(0, (instant(fields.get(b"live")) or 0) - ready - waiting - in_flight),
        decided_ms=instant(at),
        decided=text(decided),
    )


def _worker(key: str, row: dict[bytes, bytes]) -> WorkerView:
    told = {name.decode(): value.decode(errors="replace") for name, value in row.items()}
    return WorkerView(
        name=key.rpartition(":")[2],
        host=told.get("hostname", ""),
        pid=int(told["pid"]) if told.get("pid", "").isdigit() else None,
        began_at=told.get("birth") or None,
        seen_at=told.get("last_heartbeat") or None,
        state=told.get("state", ""),
    )
