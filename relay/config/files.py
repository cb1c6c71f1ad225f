"""The files beside routes.yaml that belong to it: templates, tables, schemas. All of them make up its version.

They are read from a folder, or from a bundle that was read from one before.
"""

from pathlib import Path, PurePosixPath
from typing import Protocol

from relay.bundle import Bundle
from relay.errors import RelayError, reason_of
from relay.texts import _

MOST_BYTES = 64 << 20


class Reading(Protocol):
    """Where files are read, by their names below the folder of routes.yaml."""

    def data(self, name: str) -> bytes:
        """Raises RelayError, which names the file and what to do."""

    def matching(self, pattern: str) -> list[str]:
        """The names that a relative glob matches, in order; none where it matches nothing."""


class Folder:
    """Files on this host, below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def data(self, name: str) -> bytes:
        try:
            path = (self._folder / name).resolve()
            if not path.is_relative_to(self._folder):
                raise RelayError(
                    _("the file {name} lies outside the folder of routes.yaml", name=name),
                    remedy=_("move it beside or below"),
                )
            if path.stat().st_size > MOST_BYTES:
                raise RelayError(_("the file {name} is larger than 64 MiB", name=name), remedy=_("split it"))
            return path.read_bytes()
        except (OSError, ValueError) as error:
            reason = reason_of(error) if isinstance(error, OSError) else _("no such name is possible")
            raise RelayError(
                _("the file {name} can't be read: {reason}", name=name, reason=reason),
                remedy=_("make it, or mend its name"),
            ) from None

    def matching(self, pattern: str) -> list[str]:
        found = (path for path in self._folder.glob(pattern) if path.is_file())
        return sorted(path.relative_to(self._folder).as_posix() for path in found)


class Packed:
    """Files in a bundle."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle

    def data(self, name: str) -> bytes:
        if name not in self._bundle.files:
            raise RelayError(
                _("the file {name} isn't among the files of this version", name=name), remedy=_("mend its name")
            )
        return self._bundle.files[name]

    def matching(self, pattern: str) -> list[str]:
        depth = len(PurePosixPath(pattern).parts)
        names = (PurePosixPath(name) for name in self._bundle.beside)
        return [str(name) for name in names if len(name.parts) == depth and name.match(pattern)]


class Files:
    """Reads and remembers what was read. `asked`, `patterns`: the names and patterns below the folder that were asked
    for, whether there was anything or not."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._read: dict[str, bytes] = {}
        self.asked: tuple[str, ...] = ()
        self.patterns: tuple[str, ...] = ()

    def text(self, name: str) -> str:
        """The content as text. Raises RelayError, which names the file and what to do."""
        try:
            return self.data(name).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise RelayError(_("the file {name} isn't UTF-8", name=name), remedy=_("save it as UTF-8")) from None

    def data(self, name: str) -> bytes:
        """The content as it is. Raises RelayError."""
        if name not in self._read:
            if _is_below(name):
                self.asked += (name,)
            self._read[name] = self._reading.data(name)
        return self._read[name]

    def matching(self, pattern: str) -> list[str]:
        """The names that a relative glob matches, in order. Raises RelayError on what is none."""
        if not _is_below(pattern) or "**" in pattern:
            what = _("{pattern} is no pattern below the folder of routes.yaml", pattern=repr(pattern[:60]))
            raise RelayError(what, remedy=_("write one such as routes.d/*.yaml"))
        self.patterns += (pattern,)
        return self._reading.matching(pattern)

    def bundle(self, name: str, main: bytes) -> Bundle:
        """All that was read, with the main file, as it is before variables."""
        return Bundle(name=name, files={name: main, **self._read})


def _is_below(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\0" not in name
