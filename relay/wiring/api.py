"""Puts the API together: within web, and alone for a command that asks Redis itself."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from redis.asyncio import Redis
from starlette.types import ASGIApp

from relay.applying import Applying
from relay.bulk import Bulk
from relay.current import Current
from relay.destination import Answer, Identity, Request
from relay.errors import StoreUnavailable, Unsent
from relay.ingest import Ingest
from relay.jobs import Wakes
from relay.process import Process
from relay.published import Keys
from relay.readmitting import Readmission
from relay.replay import Decisions
from relay.rerouting import Rerouting
from relay.sessions import moment
from relay.stores.connecting import client
from relay.stores.redis import RedisStore
from relay.stores.refused import RedisRefused
from relay.stores.sessions import RedisSessions
from relay.stores.versions import RedisVersions
from relay.texts import _
from relay.web.api.app import Api
from relay.web.api.deliveries import Deliveries
from relay.web.api.events import Events
from relay.web.api.lanes import Lanes
from relay.web.api.openapi import OpenApi
from relay.web.api.refused import RefusedRequests
from relay.web.api.replays import Replays
from relay.web.api.versions import Configurations
from relay.web.app import BESIDE, answering, below
from relay.wiring.version import in_force, making


def api(store: RedisStore, current: Current, redis: Redis, ingest: Ingest, process: Process) -> Api:
    """All that /api answers: a subject that is added here is served and described."""
    decisions, refused = Decisions(store, current.certain), RedisRefused(redis)
    versions = RedisVersions(redis)
    rerouting = Rerouting(store, decisions, current.certain)
    subjects = (
        Events(store, current, rerouting),
        Deliveries(store, decisions),
        Replays(Bulk(store, decisions, rerouting)),
        RefusedRequests(refused, Readmission(refused, ingest, current)),
        Lanes(store, versions, current, RedisSessions(redis).forgive, partial(fit, store, current)),
        Configurations(versions, Applying(versions, making(process)), current),
    )
    return Api([*subjects, OpenApi(subjects, BESIDE)], process.tokens)


async def fit(store: RedisStore, current: Current) -> None:
    """Raises StoreUnavailable where nothing can be accepted."""
    await store.check()
    if current.uncertain:
        raise StoreUnavailable(current.uncertain)


class Nobody:
    """Sends nothing: only a web process fetches the keys that platforms publish."""

    async def send(self, request: Request, timeout_ms: int, fresh: bool, identity: Identity | None = None) -> Answer:
        raise Unsent(_("a command fetches no keys: ask a running relay"))


def api_alone(process: Process) -> tuple[ASGIApp, Callable[[], Coroutine[Any, Any, None]]]:
    """The application, and what closes it. Raises ConfigError."""
    current = in_force(process)
    wakes, redis = Wakes(process.redis_url), client(process.redis_url)

    async def close() -> None:
        await redis.aclose()
        wakes.close()

    store = RedisStore(redis, wakes)
    ingest = Ingest(store, current, Keys(Nobody(), moment))
    return answering(below(api(store, current, redis, ingest, process))), close
