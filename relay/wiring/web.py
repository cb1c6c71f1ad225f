"""Puts a web process together; what it opens it closes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.types import ASGIApp

from relay.alerting import Noticing
from relay.background import running
from relay.checking import checking
from relay.current import Current
from relay.gauges import Gauges
from relay.hearing import Hearing
from relay.ingest import Ingest
from relay.jobs import QUEUE, Wakes
from relay.process import Process
from relay.published import MOST_BYTES, Keys
from relay.refusals import Refusals
from relay.refusing import Refusing
from relay.scraping import Own, found_in
from relay.sessions import moment
from relay.signals import Signal, tell
from relay.stores.alerts import RedisAlerts
from relay.stores.connecting import client
from relay.stores.figures import figures
from relay.stores.redis import RedisStore
from relay.stores.refused import RedisRefused
from relay.transport.later import LaterTransport
from relay.web.access import Access
from relay.web.app import Served, application
from relay.web.confirm import Confirmations
from relay.web.inbox import Inbox
from relay.web.scrape import Scrape
from relay.wiring.api import api, fit
from relay.wiring.version import agreed, begun


def web(process: Process) -> tuple[ASGIApp, tuple[str, int] | None]:
    """The application of a web process, and where it listens beside its own address: `server.admin`. Raises
    ConfigError."""
    agreeing = begun(process, "web")
    current = agreeing.current
    wakes = Wakes(process.redis_url)
    redis = client(process.redis_url)
    store = RedisStore(redis, wakes)
    asking = LaterTransport(most=MOST_BYTES)
    keys = Keys(asking, moment)
    refusals = Refusals(lambda: current().router.takes_alerts)
    noticing = Noticing(RedisAlerts(redis), current, refusals)
    ingest = Ingest(store, current.certain, keys)
    refusing = Refusing(RedisRefused(redis), current)
    inbox = Inbox(ingest, current, refusing, refusals.count)
    asked = api(store, current, redis, ingest, process)

    own = Own(process.name or "web", lambda: current().version)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with (
            asking,
            agreed(agreeing, redis),
            running(refusing.write, partial(checking, store), noticing.run),
            found_in(process.shared, own),
        ):
            tell(Signal.WEB_STARTED, config=current().version)
            yield
            await keys.close()
        tell(Signal.WEB_STOPPED)
        await redis.aclose()
        wakes.close()

    served = Served(inbox, asked, Confirmations(Hearing(store, current)), _scrape(own, store, redis, current, process))
    admin = current().admin
    return application(served, partial(_ready, store, current), Access(current), admin, lifespan), admin


def _scrape(own: Own, store: RedisStore, redis: Redis, current: Current, process: Process) -> Scrape:
    gauges = Gauges(lambda: store.lanes(list(current().destinations)), partial(figures, redis, QUEUE))
    return Scrape(own, gauges, process.shared)


async def _ready(store: RedisStore, current: Current) -> str | None:
    """What a person should know. Raises StoreUnavailable where nothing can be accepted."""
    await fit(store, current)
    return current.warning
