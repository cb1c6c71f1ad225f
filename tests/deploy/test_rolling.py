"""Web and workers exchanged one after another under 200 webhooks a second: none is refused, none lost, none doubled.

`RELAY_ROLLS=20 pytest -n 0 -s tests/deploy/test_rolling.py` is the long form, with its figures.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Coroutine

from fleet import fleet_of
from played import playing
from posting import Platform
from redis.asyncio import Redis
from running import Relay, folder_of, until

ROLLS = int(os.environ.get("RELAY_ROLLS", "1"))
ROUTES = """
version: 1
sources: {expenses: {verify: standard-webhooks, secret: "${SECRET}"}}
destinations: {erp: {url: "${ERP}/erp"}}
routes: [{name: all, from: expenses, to: erp}]
"""


async def test_a_rolling_restart_refuses_no_webhook_and_loses_none(redis: Redis, redis_url: str) -> None:
    """The new process is ready before the old one stops, so nobody finds nobody there."""
    async with (
        playing() as erp,
        folder_of(ROUTES, {"ERP": erp.url, "RELAY_REDIS_URL": redis_url}) as relay,
        fleet_of(relay) as fleet,
        asyncio.timeout(60 + 20 * ROLLS),
    ):
        platform = Platform(relay.url)
        rolling = asyncio.create_task(_both(fleet.rolls("web", ROLLS), fleet.rolls("worker", ROLLS)))
        await until(relay.is_ready)
        await platform.posts_beside(rolling)
        await rolling
        await until(lambda: _at_rest(relay))
        lane = await relay.lane("erp")

    booked = Counter(got.json["number"] for got in erp.at("/erp"))
    print(f"\n{ROLLS} rolls of web and of a worker under {platform.said.total()} webhooks: {dict(platform.said)}")
    assert set(platform.said) == {"202"}
    assert (lane["held"], lane["dead"]) == (0, 0)
    assert booked == Counter(platform.taken)


async def _both(*rolls: Coroutine[None, None, None]) -> None:
    async with asyncio.TaskGroup() as group:
        for one in rolls:
            group.create_task(one)


async def _at_rest(relay: Relay) -> bool:
    lane = await relay.lane("erp")
    return not any(lane[count] for count in ("ready", "waiting", "in_flight"))
