"""What each process needs to run the version in force."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from redis.asyncio import Redis

from relay.agreeing import EVERY_S, Agreeing, Making, Site
from relay.background import running
from relay.config.load import load, load_bundle
from relay.configuration import Config
from relay.current import Current
from relay.errors import ConfigError, Fault
from relay.process import Process
from relay.saved import Saved
from relay.stores.connecting import client
from relay.stores.versions import RedisVersions
from relay.texts import _
from relay.trials import run_tests

log = logging.getLogger("relay.version")


def begun(process: Process, name: str) -> Agreeing:
    """Knows what is in force. `name`: what the process is, unless it is one of a `relay up`. Belongs where no loop
    runs. Raises RelayError."""
    found = agreeing(process, name)
    asyncio.run(_begin(found, process.redis_url))
    return found


def in_force(process: Process) -> Current:
    """For a command, which brings nothing into force. Belongs where no loop runs. Raises RelayError."""
    found = agreeing(process, "command")
    asyncio.run(_read(found, process.redis_url))
    return found.current


async def _begin(found: Agreeing, url: str) -> None:
    async with client(url) as redis:
        await found.begin(RedisVersions(redis))


async def _read(found: Agreeing, url: str) -> None:
    async with client(url) as redis:
        await found.read(RedisVersions(redis))


def agreeing(process: Process, name: str) -> Agreeing:
    """Before it has looked."""
    path, env = process.config, process.env
    site = Site(process.name or name, socket.gethostname(), os.getpid(), place(process), process.applies)
    return Agreeing(Current(), Saved(path, lambda: load(path, env)), making(process), site)


def making(process: Process) -> Making:
    """With the variables of this host."""
    path, env = process.config, process.env
    return Making(unpacked=lambda bundle: load_bundle(bundle, env, path), tried=tried)


def tried(config: Config) -> None:
    """Runs the tests that stand in a configuration. Raises ConfigError with those that fail."""
    try:
        failed = run_tests(config)
    except Exception as error:
        name = type(error).__name__
        what = _("a fault of Relay's own ({name}) while its tests were run", name=name)
        raise ConfigError([Fault(config.bundle.name, 1, 1, what, _("run relay check, and report it"))]) from error
    if failed:
        raise ConfigError(failed)


def place(process: Process) -> str:
    """The file of this host among those of all that share a Redis. One behind a socket is shared by none."""
    path = str(process.config.resolve())
    return path if process.redis_url.startswith("unix:") else f"{socket.gethostname()}:{path}"


@asynccontextmanager
async def agreed(found: Agreeing, redis: Redis) -> AsyncIterator[None]:
    """Follows the version in force beside the block, at whose end the process says goodbye."""
    versions = RedisVersions(redis)
    async with running(partial(found.watch, versions)):
        yield
    await found.leave(versions)


@asynccontextmanager
async def surely(process: Process, name: str, redis: Redis) -> AsyncIterator[Current]:
    """The same from the beginning on. The block begins once the version in force is known and can be loaded here:
    nothing is claimed under another. Raises RelayError."""
    found, versions = agreeing(process, name), RedisVersions(redis)
    await found.begin(versions)
    if found.current.uncertain:
        log.warning("%s", found.current.uncertain)
    while found.current.uncertain:
        await asyncio.sleep(EVERY_S)
        await found.try_once(versions)
    async with agreed(found, redis):
        yield found.current
