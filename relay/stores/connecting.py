"""Clients of Redis by an address: redis://, rediss://, unix://, or sentinel://host:port,host:port/service?db=0.

None repeats a command by itself: whoever asks knows what may be asked twice.
"""

from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import redis
from redis import asyncio as aio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from relay.errors import RelayError
from relay.texts import _

TIMEOUT_S = 2.0
MOST_CONNECTIONS = 64
SENTINEL_PORT = 26379


def client(url: str) -> aio.Redis:
    """For the store: gives up after 2 s; callers wait for one of 64 connections. Raises RelayError on a bad address."""
    options = {**_TIMES, "retry": AsyncRetry(NoBackoff(), 0)}
    if url.startswith("sentinel://"):
        hosts, service, chosen = _sentinels(url)
        watch: Any = aio.Sentinel(hosts, sentinel_kwargs=_TIMES)  # type: ignore[no-untyped-call]
        return cast(aio.Redis, watch.master_for(service, redis_class=_Watched, **chosen, **options))
    try:
        pool = aio.BlockingConnectionPool.from_url(url, max_connections=MOST_CONNECTIONS, timeout=TIMEOUT_S, **options)
    except ValueError as error:
        raise _unusable(error) from None
    return aio.Redis.from_pool(pool)


def blocking_client(url: str, timeout_s: float | None = TIMEOUT_S) -> redis.Redis:
    """For rq; None lets it set its own time-out for what blocks. Raises RelayError on a bad address."""
    options: dict[str, Any] = {"socket_connect_timeout": TIMEOUT_S, "retry": Retry(NoBackoff(), 0)}
    if timeout_s is not None:
        options["socket_timeout"] = timeout_s
    if url.startswith("sentinel://"):
        hosts, service, chosen = _sentinels(url)
        watch: Any = redis.Sentinel(hosts, sentinel_kwargs=_TIMES)  # type: ignore[no-untyped-call]
        return cast(redis.Redis, watch.master_for(service, redis_class=_BlockingWatched, **chosen, **options))
    try:
        return redis.Redis.from_url(url, **options)
    except ValueError as error:
        raise _unusable(error) from None


def has_version(url: str) -> bool:
    """Whether a version of the configuration is in force there; not where nobody answers. Raises RelayError on a bad
    address."""
    asked = blocking_client(url)
    try:
        return bool(asked.exists("config:current"))
    except (RedisError, OSError):
        return False
    finally:
        asked.close()


_TIMES: dict[str, Any] = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S}


class _Watched(aio.Redis):
    """Closes the connections to its sentinels too."""

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        await super().aclose(close_connection_pool)
        watch: Any = self.connection_pool
        for sentinel in watch.sentinel_manager.sentinels:
            await sentinel.aclose()


class _BlockingWatched(redis.Redis):
    """The same for rq's."""

    def close(self) -> None:
        super().close()
        watch: Any = self.connection_pool
        for sentinel in watch.sentinel_manager.sentinels:
            sentinel.close()


def _sentinels(url: str) -> tuple[list[tuple[str, int]], str, dict[str, Any]]:
    """The sentinels, the service's name, and what its connections need: db, and the user and password of the URL."""
    parts = urlsplit(url)
    service = parts.path.strip("/")
    userinfo, hosts = parts.netloc.rpartition("@")[::2]
    if not service or not hosts:
        raise RelayError(
            _("no sentinel address"), "RELAY_REDIS_URL", _("write sentinel://host:26379,host:26379/service")
        )
    chosen: dict[str, Any] = {"db": int(parse_qs(parts.query).get("db", ["0"])[0])}
    if userinfo:
        user, password = userinfo.partition(":")[::2]
        chosen |= {"username": user or None, "password": password}
    return [_host(each) for each in hosts.split(",")], service, chosen


def _host(text: str) -> tuple[str, int]:
    name, port = text.rpartition(":")[::2]
    return (name, int(port)) if name and port.isdecimal() else (text, SENTINEL_PORT)


def _unusable(error: ValueError) -> RelayError:
    return RelayError(
        _("no Redis address: {error}", error=error),
        "RELAY_REDIS_URL",
        _("write redis://, rediss://, unix:// or sentinel://"),
    )
