"""Alerts become events once, by however many workers, and nothing at all where no route takes them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis

from relay.alert import Kind, Notice
from relay.alerting import Noticing, Telling
from relay.config.load import load
from relay.configuration import Config
from relay.errors import StoreUnavailable
from relay.refusals import Refusals
from relay.store import Accepted, Entry
from relay.stores.alerts import RedisAlerts
from relay.stores.redis import RedisStore

TEXT = """
version: 1
sources: {{expenses: {{verify: standard-webhooks, secret: whsec_Zm9yZ2VkIGZvcmdlZCBmb3JnZWQ=}}}}
destinations: {{robot: {{url: "http://127.0.0.1"}}}}
routes: [{{name: told, from: {0}, when: event.type != 'config.refused', to: robot}}]
"""
NOTICE = Notice(kind=Kind.REFUSED, subject="expenses", reason="unauthorised")


class Loaded:
    """A configuration in force, and what was refused after it."""

    refused: tuple[str, str] | None = None

    def __init__(self, config: Config) -> None:
        self.config = config

    def __call__(self) -> Config:
        return self.config


class Failing:
    """Stores an alert, and loses the answer."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store

    async def accept(self, entry: Entry) -> Accepted:
        await self._store.accept(entry)
        raise StoreUnavailable("the answer is lost")


@pytest.fixture
def alerts(redis: Redis) -> RedisAlerts:
    return RedisAlerts(redis, gather_ms=0, every_ms=0, lease_ms=0)


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[[str], Loaded]:
    def from_source(source: str) -> Loaded:
        (tmp_path / "routes.yaml").write_text(TEXT.format(source))
        return Loaded(load(tmp_path / "routes.yaml", {}))

    return from_source


async def stored(redis: Redis) -> list[bytes]:
    return [name for name in await redis.keys("*") if not name.startswith(b"al")]


async def test_an_alert_whose_answer_was_lost_is_taken_again_and_is_one_event(
    redis: Redis, alerts: RedisAlerts, loaded: Callable[[str], Loaded]
) -> None:
    config, store = loaded("relay"), RedisStore(redis, lambda _lanes: None)
    await Noticing(alerts, config).turn()
    await alerts.notice([NOTICE])
    with pytest.raises(StoreUnavailable):
        await Telling(alerts, Failing(store), config, "a").turn()
    for worker in ("a", "b", "a"):
        await Telling(alerts, store, config, worker).turn()
    ((_, logged),) = await redis.xrange("log")
    event = await store.event(logged[b"e"].decode())
    assert (event.event.source, event.event.type, len(event.deliveries)) == ("relay", "source.refused", 1)
    assert await redis.keys("alert:*") == []


async def test_one_that_no_route_takes_is_not_stored(
    redis: Redis, alerts: RedisAlerts, loaded: Callable[[str], Loaded]
) -> None:
    config = loaded("relay")
    config.refused = ("v1", "routes.yaml:1:1: no")
    noticing = Noticing(alerts, config)
    await noticing.turn()
    await noticing.turn()
    assert await redis.exists("alert:config.refused/v1")
    await Telling(alerts, RedisStore(redis, lambda _lanes: None), config, "a").turn()
    assert await stored(redis) == [b"once:config.refused/v1"]
    assert await redis.keys("alert:*") == []


@pytest.mark.parametrize("source", ["expenses", "'*'"])
async def test_where_no_route_takes_alerts_nothing_is_written(
    redis: Redis, alerts: RedisAlerts, loaded: Callable[[str], Loaded], source: str
) -> None:
    config = loaded(source)
    config.refused = ("v1", "routes.yaml:1:1: no")
    refusals = Refusals(lambda: config().router.takes_alerts)
    refusals.count("expenses", "unauthorised")
    await Noticing(alerts, config, refusals).turn()
    await alerts.notice([NOTICE])
    await Telling(alerts, RedisStore(redis, lambda _lanes: None), config, "a").turn()
    assert await redis.keys("al*") == []


async def test_what_was_gathered_is_forgotten_when_the_last_route_goes(
    redis: Redis, alerts: RedisAlerts, loaded: Callable[[str], Loaded]
) -> None:
    config = loaded("relay")
    noticing = Noticing(alerts, config)
    await noticing.turn()
    await alerts.notice([NOTICE])
    config.config = loaded("expenses").config
    await noticing.turn()
    assert await redis.keys("al*") == []
