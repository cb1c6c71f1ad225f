"""Brings a process to the version in force and keeps it there; a file that is saved here comes into force first.

The version in Redis is the truth. Loading is done beside the loop, and the switch is one reference: what began under a
configuration ends under it."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import NamedTuple

from relay.bundle import Bundle
from relay.configuration import Config
from relay.current import Current
from relay.errors import ConfigError, RelayError, StoreUnavailable
from relay.saved import Saved
from relay.texts import _
from relay.version import How, Publish, Running, Status, Versions

EVERY_S = 0.5
AGAIN_S = 30.0
SEEN_EVERY_S = 5.0
LONGEST = 500


class Site(NamedTuple):
    """This process. `place`: its routes.yaml among those of all hosts; `applies`: whether a file that is saved there
    comes into force by itself."""

    name: str
    host: str
    pid: int
    place: str
    applies: bool


class Making(NamedTuple):
    """How a configuration is made. Both raise ConfigError. `unpacked`: of a version's files; `tried`: runs the tests
    that stand in one."""

    unpacked: Callable[[Bundle], Config]
    tried: Callable[[Config], None]


class Agreeing:
    """`current` is what it keeps."""

    def __init__(self, current: Current, saved: Saved, making: Making, site: Site) -> None:
        self.current, self._saved, self._making, self._site = current, saved, making, site
        self._offers, self._began = True, False
        self._again_s = self._seen_s = float("-inf")
        self._told: Running | None = None

    async def begin(self, versions: Versions) -> None:
        """Once, before anything else. Without Redis the file here is taken for now. Raises ConfigError where there is
        nothing to go on with: a file that can't be used, and no version in force or no Redis."""
        try:
            await self.turn(versions)
        except StoreUnavailable as error:
            self.current.uncertain = _("the version in force isn't known yet: {why}", why=error)
        self._go_on_with_the_file()
        self._began = True

    async def read(self, versions: Versions) -> None:
        """In its place, for a command: it brings nothing into force. Raises ConfigError."""
        await asyncio.to_thread(self._saved.look)
        with contextlib.suppress(StoreUnavailable):
            if found := await versions.current():
                await self._follow(versions, found)
            else:
                self.current.take(self._usable(), is_told=False)
        self._go_on_with_the_file()

    def _go_on_with_the_file(self) -> None:
        if self.current.version is None:
            self.current.take_for_now(self._usable())

    async def watch(self, versions: Versions) -> None:
        """Looks twice a second, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.try_once(versions)

    async def try_once(self, versions: Versions) -> None:
        """A turn, whose failure is told."""
        try:
            await self.turn(versions)
        except StoreUnavailable:
            return
        except RelayError as error:
            file = self._saved.path.name
            self.current.doubt(
                _("no version is in force, and {file} here can't be used: {fault}", file=file, fault=error)
            )

    async def turn(self, versions: Versions) -> None:
        """Once. Raises StoreUnavailable, and ConfigError at the first where no version is in force and the file here
        can't be used."""
        self._offers = await asyncio.to_thread(self._saved.look) or self._offers
        found = await self._look(versions)
        if found is None:
            found = await self._publish_first(versions)
        elif self._offers and self._site.applies:
            found = await self._offer(versions, found)
        else:
            self._offers = False
        await self._follow(versions, found)
        self.current.differ(self._difference())

    async def leave(self, versions: Versions) -> None:
        """This process ends."""
        with contextlib.suppress(StoreUnavailable):
            await versions.leave(self._running())

    async def _look(self, versions: Versions) -> str | None:
        """What is in force; says now and then, and when that changes, what runs here."""
        running, now_s = self._running(), time.monotonic()
        if not self._began or (running == self._told and now_s < self._seen_s + SEEN_EVERY_S):
            return await versions.current()
        found = await versions.look(running)
        self._told, self._seen_s = running, now_s
        return found

    def _running(self) -> Running:
        site, current = self._site, self.current
        refused = current.refused[1][:LONGEST] if current.refused else None
        version = current.version or ""
        return Running(site.name, site.host, site.pid, version, refused=refused, differs=current.differs)

    async def _publish_first(self, versions: Versions) -> str:
        """Into a Redis without a version: what was in force here, else what the file here says. Raises ConfigError."""
        config = self.current() if self._began and not self.current.uncertain else await self._tested()
        place = self._site.place if self._site.applies and config is self._saved.config else None
        answer = await versions.publish(Publish(bundle=config.bundle, how=How.START, place=place))
        self._offers = False
        return answer.current or config.version

    async def _offer(self, versions: Versions, found: str) -> str:
        """The file here, where it was changed since it last came into force; what is in force then. Where another
        version came into force meanwhile it is looked at again first."""
        try:
            config = await self._tested(found)
            if await asyncio.to_thread(self._saved.is_changed):
                return found  # another process of this host may have read more: the next turn offers what is there
            how, place = How.SAVE if self._began else How.START, self._site.place
            answer = await versions.publish(Publish(bundle=config.bundle, how=how, place=place, expected=found))
        except StoreUnavailable:
            raise
        except RelayError as error:
            self._offers = False
            digest = await asyncio.to_thread(self._saved.digest)
            self.current.refuse_file(digest, str(error))
            return found
        self._offers = answer.status is Status.CONFLICT
        self.current.accept_file()
        return answer.current or found

    async def _tested(self, found: str | None = None) -> Config:
        """What the file here says; its tests are run unless it is in force. Raises ConfigError."""
        config = self._usable()
        if config.version != found:
            await asyncio.to_thread(self._making.tried, config)
        return config

    def _usable(self) -> Config:
        """Raises ConfigError."""
        if self._saved.config is None:
            raise self._saved.fault or ConfigError([])
        return self._saved.config

    async def _follow(self, versions: Versions, found: str) -> None:
        saved, current = self._saved.config, self.current
        if saved and saved.version == found:
            self._take(saved)
        elif current.uncertain or found != current.version:
            await self._load(versions, found)
        else:
            current.accept_version()

    async def _load(self, versions: Versions, found: str) -> None:
        """One that couldn't be loaded is tried again after a while: a variable of this host may be there by then."""
        refused, now_s = self.current.refused, time.monotonic()
        if refused and refused[0] == found and now_s < self._again_s:
            return
        self._again_s = now_s + AGAIN_S
        try:
            config = await asyncio.to_thread(self._making.unpacked, await _files(versions, found))
        except StoreUnavailable:
            raise
        except RelayError as error:
            self.current.refuse_version(found, str(error))
        else:
            self._take(config)

    def _take(self, config: Config) -> None:
        """Where a file as the one here came into force by another way, that counts as if it had been saved."""
        is_new, saved = config.version != self.current.version, self._saved.config
        self.current.take(config, is_told=self._began)
        self._offers |= is_new and saved is not None and saved.version == config.version

    def _difference(self) -> str | None:
        """What is refused is told as that."""
        name, saved = self._saved.path.name, self._saved.config
        if self.current.uncertain or self.current.refused:
            return None
        if saved is None:
            fault = str(self._saved.fault).partition("\n")[0]
            return _("{file} here can't be loaded, and isn't what is in force: {fault}", file=name, fault=fault)
        if saved.version != self.current.version:
            return _("{file} here is another than the version in force: relay apply", file=name)
        return None


async def _files(versions: Versions, version: str) -> Bundle:
    """Raises RelayError where they can't be had."""
    bundle = await versions.bundle(version)
    if bundle is None:
        raise RelayError(_("its files aren't in Redis"))
    return bundle
