"""A person brings a version of the configuration into force, or goes back to one: checked as the server loads it."""

import asyncio

from relay.agreeing import Making
from relay.bundle import Bundle
from relay.errors import Refused
from relay.signals import Signal, tell
from relay.texts import _
from relay.version import Answer, How, Publish, Status, Versions


class Applying:
    """`making`: with this process's variables."""

    def __init__(self, versions: Versions, making: Making) -> None:
        self._versions, self._making = versions, making

    async def apply(self, bundle: Bundle, expected: str, by: str, note: str | None) -> Answer:
        """Over the version that was expected to be in force. Raises ConfigError with all faults and failing tests,
        Refused (409) where another version came into force meanwhile, RelayError where the files are too large
        together, StoreUnavailable."""
        await asyncio.to_thread(self._check, bundle)
        return await self._publish(Publish(bundle=bundle, how=How.APPLY, expected=expected, by=by, note=note))

    def _check(self, bundle: Bundle) -> None:
        self._making.tried(self._making.unpacked(bundle))

    async def roll_back(self, version: str, expected: str | None, by: str, note: str) -> Answer:
        """To one that was in force before, whose tests passed then; over any, where none is `expected`. Raises Refused
        (404) where it isn't kept, and as `apply` does."""
        bundle = await self._versions.bundle(version)
        if bundle is None:
            raise Refused(404, "unknown_version", _("the version {version} isn't kept", version=repr(version[:60])))
        await asyncio.to_thread(self._making.unpacked, bundle)
        expected = expected or await self._versions.current()
        return await self._publish(Publish(bundle=bundle, how=How.ROLLBACK, expected=expected, by=by, note=note))

    async def _publish(self, publish: Publish) -> Answer:
        answer = await self._versions.publish(publish)
        if answer.status is Status.CONFLICT:
            raise Refused(409, "conflict", await self._conflict(answer.current))
        if answer.status is Status.DONE:
            tell(Signal.CONFIG_APPLIED, config=answer.current, by=publish.by, how=publish.how)
        return answer

    async def _conflict(self, current: str | None) -> str:
        latest = next(iter(await self._versions.history(1)), None)
        if latest and latest.by:
            return _(
                "{name} brought the version {version} into force meanwhile; look at what it changed, and ask again",
                name=latest.by,
                version=current,
            )
        return _(
            "the version {version} came into force meanwhile; look at what it changed, and ask again", version=current
        )
