"""The files beside routes.yaml that belong to it: templates and tables. All of them make up its version."""

import hashlib
from pathlib import Path

from relay.errors import RelayError

MOST_BYTES = 64 << 20


class Files:
    """Reads below one folder and remembers what was read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._read: dict[str, bytes] = {}

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that were read, to be watched."""
        return tuple(self._folder / name for name in self._read)

    def text(self, name: str) -> str:
        """The content as text. Raises RelayError, which names the file and what to do."""
        try:
            return self._data(name).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise RelayError(f"the file {name} isn't UTF-8", remedy="save it as UTF-8") from None

    def _data(self, name: str) -> bytes:
        if name not in self._read:
            self._read[name] = self._fresh(name)
        return self._read[name]

    def _fresh(self, name: str) -> bytes:
        try:
            path = (self._folder / name).resolve()
            if not path.is_relative_to(self._folder):
                raise RelayError(
                    f"the file {name} lies outside the folder of routes.yaml", remedy="move it beside or below"
                )
            if path.stat().st_size > MOST_BYTES:
                raise RelayError(f"the file {name} is larger than 64 MiB", remedy="split it")
            return path.read_bytes()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no such name is possible"
            raise RelayError(f"the file {name} can't be read: {reason}", remedy="make it, or mend its name") from None

    def version(self, data: bytes) -> str:
        """A short hash of routes.yaml, as it is before variables, and of all that was read for it."""
        found = hashlib.blake2b(data, digest_size=6)
        for name in sorted(self._read):
            found.update(hashlib.blake2b(name.encode() + b"\0" + self._read[name]).digest())
        return found.hexdigest()
