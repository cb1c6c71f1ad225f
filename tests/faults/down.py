"""An ERP that is down for a while: what waits for it costs a few probes, and drains in order when it is back."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from redis.asyncio import Redis

from .erp import Erp
from .moment import Standing, everything
from .signing import signed
from .up import Up, relay_up, until

ROUTES = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}"}
destinations:
  erp:
    url: "${ERP}/vouchers"
    posts: true
    timeout: 20s
    rate: "${RATE}/s"
    retry: {first: 200ms}
    breaker: {failures: 5, probe: "${PROBE}ms", cap: "${CAP}ms"}
  other: {url: "${OTHER}/vouchers", timeout: 20s}
routes:
  - {name: paid, from: expenses, to: "{{ body.to }}", once: "{{ body.number }}", order_by: "{{ body.report }}"}
"""
FAILURES, REPORTS, AT_ONCE = 5, 200, 32
WITHIN_S, SLACK_S = 60, 20


@dataclass(frozen=True)
class Wanted:
    """`rate`: the ERP's, calls a second; probes come after `probe_ms`, and twice as long each time up to `cap_ms`."""

    deliveries: int
    rate: int
    probe_ms: int
    cap_ms: int

    def most_probes(self, seconds: float) -> int:
        """How many the breaker lets through in that time."""
        count, ends_s, pause_s = 0, 0.0, self.probe_ms / 1000
        while (ends_s := ends_s + pause_s) <= seconds:
            count, pause_s = count + 1, min(pause_s * 2, self.cap_ms / 1000)
        return count


@dataclass
class Outage:
    """One relay whose `erp` is down at first; `other` is always there."""

    wanted: Wanted
    up: Up
    redis: Redis
    erp: Erp
    other: Erp

    def __post_init__(self) -> None:
        self.began = self.back = 0.0
        self.failed = 0
        self.standing: list[Standing] = []

    async def send(self, to: str, number: str, report: str) -> None:
        body = json.dumps({"to": to, "number": number, "report": report}).encode()
        status, _ = await self.up.post("/in/expenses", body, signed(body, f"msg-{number}"))
        assert status == 202, status

    async def fill(self) -> None:
        """All are accepted, and the lane is open."""
        self.began = time.monotonic()
        numbers = iter(range(self.wanted.deliveries))

        async def some() -> None:
            for number in numbers:
                await self.send("erp", str(number), f"B{number % REPORTS}")

        await asyncio.gather(*(some() for _ in range(AT_ONCE)))
        await until(lambda: self.redis.hexists("l:erp", "open"), WITHIN_S)

    async def probes(self) -> int:
        """How often the lane has been found down since it opened."""
        return int(await self.redis.hget("l:erp", "open") or 1) - 1

    async def drain(self) -> None:
        """The ERP is back, and everything is delivered."""
        self.back = time.monotonic()
        await self.erp.open()
        while (before := len(self.erp.asked)) < self.wanted.deliveries:
            await until(lambda before=before: self._goes_on(before), WITHIN_S)
        await until(self._all_delivered, WITHIN_S, every_s=0.5)
        self.failed = await self._attempts() - len(self.erp.asked)

    async def _goes_on(self, before: int) -> bool:
        return len(self.erp.asked) > before

    async def _all_delivered(self) -> bool:
        found = (await everything(self.redis)).values()
        self.standing = [one for one in found if one.lane == "erp"]
        return all(one.state == "delivered" for one in self.standing)

    async def _attempts(self) -> int:
        """By the records."""
        pipe = self.redis.pipeline(transaction=False)
        for one in self.standing:
            pipe.llen(f"a:{one.id}")
        return sum(await pipe.execute())

    @property
    def starts_s(self) -> float:
        """From the ERP's return to its first call."""
        return self.erp.asked[0].at - self.back

    @property
    def busiest(self) -> int:
        """The most calls that began within a second."""
        ats, most, first = [one.at for one in self.erp.asked], 0, 0
        for last, at in enumerate(ats):
            while ats[first] <= at - 1:
                first += 1
            most = max(most, last - first + 1)
        return most

    def faults(self) -> Iterator[str]:
        """What isn't as promised. One call is under way at a time, so the order at the ERP is that of the lane."""
        wanted, down_s = self.wanted, self.back - self.began
        if (most := FAILURES + wanted.most_probes(down_s)) < self.failed:
            yield f"{self.failed} attempts failed in {down_s:.0f} s, and {most} are failures and probes"
        seqs = {one.once: one.seq for one in self.standing}
        if sorted(one.number for one in self.erp.asked) != sorted(map(str, range(wanted.deliveries))):
            yield f"{len(self.erp.asked)} calls for {wanted.deliveries} deliveries"
        arrivals = [seqs[one.number] for one in self.erp.asked]
        if late := [second for first, second in pairwise(arrivals) if second < first]:
            yield f"{len(late)} came after a later one, the first of them number {late[0]}"
        if self.busiest > wanted.rate + 1:
            yield f"{self.busiest} calls began in a second"
        if self.starts_s > wanted.cap_ms / 1000 + SLACK_S:
            yield f"the first call came {self.starts_s:.1f} s after the ERP was back"


@asynccontextmanager
async def outage(wanted: Wanted) -> AsyncIterator[Outage]:
    """A relay on which nothing waits yet; its `erp` refuses connections."""
    async with AsyncExitStack() as stack:
        erp, other = (Erp(name, Random(name), keeps_keys=False) for name in ("erp", "other"))
        for server in (erp, other):
            server.takes_s = (0.0,)
            await server.open()
            stack.push_async_callback(server.close)
        await erp.close()
        limits = {"RATE": str(wanted.rate), "PROBE": str(wanted.probe_ms), "CAP": str(wanted.cap_ms)}
        up = await stack.enter_async_context(relay_up(ROUTES, {"ERP": erp.url, "OTHER": other.url, **limits}))
        redis = await stack.enter_async_context(up.redis())
        yield Outage(wanted, up, redis, erp, other)
