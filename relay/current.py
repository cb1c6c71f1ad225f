"""The configuration in force: read again when a file changes; a faulty change is reported, and the old one stays."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from relay import metrics
from relay.configuration import Config
from relay.errors import ConfigError
from relay.signals import Signal, tell

EVERY_S = 1.0


class Current:
    """Call it for the Config. `load` raises ConfigError, at first to whoever makes this. `refused`: a hash of the
    change that was refused, and its faults."""

    def __init__(self, path: Path, env: Mapping[str, str], load: Callable[[Path, Mapping[str, str]], Config]) -> None:
        self._path, self._env, self._load = path, env, load
        self._config = load(path, env)
        self._seen = self._stamp()
        self.refused: tuple[str, str] | None = None

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
            self.refused = await asyncio.to_thread(_hash, self._config.files), str(error)
            tell(Signal.CONFIG_REFUSED, f"the change is refused, the configuration before it stays in force:\n{error}")
        else:
            metrics.config_refused.set(0)
            self.refused = None
            if self._config.version != before:
                tell(Signal.CONFIG_LOADED, "it is in force", config=self._config.version)


def _hash(files: Sequence[Path]) -> str:
    """The same in every process that reads these files."""
    found = hashlib.blake2b(digest_size=8)
    for file in files:
        found.update(file.read_bytes() if file.exists() else b"")
    return found.hexdigest()


def _stamp(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
