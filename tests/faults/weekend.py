"""python -m tests.faults.weekend: an ERP is down from Friday evening to Monday morning, on a clock that is set forward.

Redis's clock is the only one of the lanes, and its server is started under libfaketime.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

from redis.asyncio import Redis

from .clock import HOUR_S, Clock, clock, missing
from .erp import Erp
from .moment import Standing, everything
from .outside import redis_outside
from .signing import signed
from .up import Up, relay_up, until

ROUTES = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}"}
destinations:
  erp: {url: "${ERP}/vouchers", concurrency: 1}
routes:
  - {name: paid, from: expenses, to: erp, once: "{{ body.number }}", order_by: "{{ body.report }}"}
"""
HOURS = 62
FAILURES, CAP_S = 5, 600  # breaker's, where the file says nothing
EVENTS, WITHIN_S = 24, 60


class Weekend:
    """Deliveries that wait under the limits that hold where routes.yaml says nothing."""

    def __init__(self, up: Up, redis: Redis, erp: Erp, redis_clock: Clock) -> None:
        self._up, self._redis, self._erp, self._clock = up, redis, erp, redis_clock
        self.steps = 0

    async def fill(self) -> None:
        for number in range(EVENTS):
            body = f'{{"number": "{number}", "report": "B{number % 5}"}}'.encode()
            assert (await self._up.post("/in/expenses", body, signed(body, f"msg-{number}")))[0] == 202
        await until(lambda: self._redis.hexists("l:erp", "open"), WITHIN_S)

    async def pass_by(self, seconds: int) -> None:
        """So much later, the ERP has been found down once more."""
        before = await self._times()
        self._clock.turn(seconds)
        self.steps += 1

        async def probed() -> bool:
            return await self._times() > before

        await until(probed, WITHIN_S)

    async def _times(self) -> int:
        return int(await self._redis.hget("l:erp", "open"))

    async def ends(self) -> None:
        """The ERP is back; ten minutes later everything is delivered."""
        await self._erp.open()
        self._clock.turn(CAP_S)
        await until(self._all_delivered, WITHIN_S, every_s=0.2)

    async def _all_delivered(self) -> bool:
        return all(one.state in ("delivered", "dead", "held") for one in await self._deliveries())

    async def _deliveries(self) -> list[Standing]:
        return list((await everything(self._redis)).values())

    async def faults(self) -> list[str]:
        """What isn't as promised."""
        deliveries = await self._deliveries()
        found = [f"{one.id} is {one.state}: {one.reason}" for one in deliveries if one.state != "delivered"]
        asked = [one.number for one in self._erp.asked]
        if asked != [str(number) for number in range(EVENTS)]:
            found.append(f"not each once, or not in order: {asked}")
        attempts = sum([await self._redis.llen(f"a:{one.id}") for one in deliveries]) - EVENTS
        if attempts > FAILURES + self.steps + 1:
            found.append(f"{attempts} attempts failed, and there were {FAILURES} failures and {self.steps} steps")
        return found


@asynccontextmanager
async def weekend() -> AsyncIterator[Weekend]:
    erp = Erp("erp", Random("weekend"), keeps_keys=False)
    erp.takes_s = (0.0,)
    await erp.open()
    await erp.close()
    with clock() as redis_clock:
        async with redis_outside(env=redis_clock.env) as outside, outside.client() as redis:
            env = {"ERP": erp.url, "RELAY_REDIS_URL": f"unix://{outside.socket}"}
            try:
                async with relay_up(ROUTES, env) as up:
                    yield Weekend(up, redis, erp, redis_clock)
            finally:
                await erp.close()


async def spend(step_s: int) -> list[str]:
    """From Friday at six in the evening to Monday at eight, by such steps; what didn't hold."""
    async with weekend() as waiting:
        await waiting.fill()
        for _ in range(HOURS * HOUR_S // step_s):
            await waiting.pass_by(step_s)
        await waiting.ends()
        return await waiting.faults()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.weekend", description=__doc__)
    parser.add_argument("--step-minutes", type=int, default=60, metavar="M", help="from probe to probe, 60 unless set")
    args = parser.parse_args()
    if why := missing():
        sys.exit(f"error: {why}")
    broken = asyncio.run(spend(args.step_minutes * 60))
    print("\n".join(broken or ["every promise held"]))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
