"""The files of routes.yaml on this host: looked at now and then, and read again when one was changed."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from relay.configuration import Config
from relay.errors import ConfigError

TIMES = 3  # as often it is read at once where somebody writes
Stamp = tuple[object, ...]


class Saved:
    """`load` raises ConfigError. `config`: what they say; `fault`: why they say nothing, as one text. Both None before
    the first look."""

    def __init__(self, path: Path, load: Callable[[], Config]) -> None:
        self.path, self._load = path, load
        self.config: Config | None = None
        self.fault: ConfigError | None = None
        self._files: tuple[Path, ...] = (path,)
        self._patterns: tuple[str, ...] = ()
        self._stamp: Stamp | None = None

    def digest(self) -> str:
        """The same in every process that reads these files, also where they are faulty."""
        found = hashlib.blake2b(digest_size=8)
        for file in self._files:
            found.update(_content(file) or b"")
        return found.hexdigest()

    def look(self) -> bool:
        """Reads them where one was changed since the last look, and says whether."""
        if self._stamp is not None and not self.is_changed():
            return False
        for _time in range(TIMES):
            if self._read():
                break
        return True

    def _read(self) -> bool:
        """Whether they stood still meanwhile."""
        self._stamp = self._stamped()
        try:
            config = self._load()
        except ConfigError as error:
            self.config, self.fault = None, error
            self._files = (self.path, *(self.path.parent / name for name in error.beside))
            self._patterns = error.patterns
            return not self.is_changed()
        self.config, self.fault = config, None
        self._files, self._patterns = config.files, config.patterns
        self._stamp = self._stamped()
        return _holds(config)

    def is_changed(self) -> bool:
        """Whether one was changed since they were read."""
        return self._stamped() != self._stamp

    def _stamped(self) -> Stamp:
        folder = self.path.parent
        matched = (sorted(folder.glob(pattern)) for pattern in self._patterns)
        return (*((file, *_stamp(file)) for file in self._files), *(tuple(found) for found in matched))


def _holds(config: Config) -> bool:
    """Whether the files are still what was read."""
    names = (config.bundle.name, *config.bundle.beside)
    return all(_content(file) == config.bundle.files[name] for file, name in zip(config.files, names, strict=True))


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


def _stamp(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
