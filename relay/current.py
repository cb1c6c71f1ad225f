"""The configuration in force: read again when a file changes; a faulty change is reported, and the old one stays."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from relay import metrics
from relay.configuration import Config
from relay.errors import ConfigError
from relay.signals import Signal, tell

EVERY_S = 1.0


class Current:
    """Call it for the Config. `load` raises ConfigError, at first to whoever makes this."""

    def __init__(self, path: Path, env: Mapping[str, str], load: Callable[[Path, Mapping[str, str]], Config]) -> None:
        self._path, self._env, self._load = path, env, load
        self._config = load(path, env)
        self._seen = self._stamp()

    def __call__(self) -> Config:
        return self._config

    async def watch(self) -> None:
        """Looks each second whether a file changed, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            stamp = await asyncio.to_thread(self._stamp)
            if stamp != self._seen:
                self._seen = stamp
                await self._reload()

    def _stamp(self) -> tuple[object, ...]:
        return tuple((file, *_stamp(file)) for file in self._config.files)

    async def _reload(self) -> None:
        before = self._config.version
        try:
            self._config = await asyncio.to_thread(self._load, self._path, self._env)
        except ConfigError as error:
            metrics.config_refused.set(1)
            tell(Signal.CONFIG_REFUSED, f"the change is refused, the configuration before it stays in force:\n{error}")
        else:
            metrics.config_refused.set(0)
            if self._config.version != before:
                tell(Signal.CONFIG_LOADED, "it is in force", config=self._config.version)


def _stamp(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
