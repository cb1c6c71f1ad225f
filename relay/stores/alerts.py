"""Alerts in Redis: what the scripts gather, taken by one worker at a time until its event is stored."""

from collections.abc import Mapping, Sequence
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from relay.alert import Alert, Kind, Notice
from relay.stores.scripts import Script
from relay.stores.trouble import unavailable

GATHER_MS, EVERY_MS = 3_000, 60_000
LOST_MS, LEASE_MS = 15_000, 5_000
AT_ONCE = 20


class RedisAlerts:
    """Implements relay.alert.Alerts. A group is gathered for `gather_ms`, and the next of it told after `every_ms`; a
    worker is lost that said nothing for `lost_ms`; what was taken is taken again after `lease_ms`."""

    def __init__(
        self,
        redis: Redis,
        gather_ms: int = GATHER_MS,
        every_ms: int = EVERY_MS,
        lost_ms: int = LOST_MS,
        lease_ms: int = LEASE_MS,
    ) -> None:
        self._redis = redis
        self._times = {"gather_ms": gather_ms, "every_ms": every_ms, "lost_ms": lost_ms, "lease_ms": lease_ms}
        self._scripts = {name: Script(name) for name in ("alerts", "gather", "alerted")}

    async def listen(self, listens: bool) -> None:
        """Whether anything is to be gathered. What was is forgotten where not."""
        await self._call("alerts", {"listens": listens, "want": 0, **self._times})

    async def take(self, worker: str) -> list[Alert]:
        """What is due to be told, the oldest first; says that the worker lives."""
        asked = {"listens": True, "want": AT_ONCE, "worker": worker, **self._times}
        return [_alert(id_.decode(), flat) for id_, flat in await self._call("alerts", asked)]

    async def notice(self, notices: Sequence[Notice]) -> None:
        await self._call("gather", notices)

    async def alerted(self, ids: Sequence[str]) -> None:
        """Their events are stored."""
        await self._call("alerted", {"ids": ids})

    async def goodbye(self, worker: str) -> None:
        """It ends, and isn't lost."""
        await self._call("alerted", {"ids": [], "worker": worker})

    async def _call(self, name: str, args: Any) -> Any:
        try:
            return await self._scripts[name].call(self._redis, args)
        except (RedisError, OSError) as error:
            raise unavailable(error) from error


def _alert(id_: str, flat: Sequence[bytes]) -> Alert:
    texts = [text.decode(errors="ignore") for text in flat]
    fields = dict(zip(texts[::2], texts[1::2], strict=True))
    return Alert(
        id=id_,
        kind=Kind(fields["kind"]),
        subject=fields["subject"],
        count=int(fields["count"]),
        since_ms=int(fields["since"]),
        last_ms=int(fields["last"]),
        examples=_numbered(fields, "example"),
        reasons=dict(zip(_numbered(fields, "reason"), map(int, _numbered(fields, "times")), strict=True)),
    )


def _numbered(fields: Mapping[str, str], name: str) -> list[str]:
    """The values of NAME1, NAME2 … in order."""
    return [fields[key] for key in sorted(fields) if key.startswith(name)]
