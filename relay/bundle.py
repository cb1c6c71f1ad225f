"""The files that a configuration is made of, as they were read: routes.yaml first, then what belongs to it.

What each host has for itself stays out: `.env`, and what `${file:…}` names.
"""

import hashlib
from collections.abc import Mapping

import msgspec


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """`name`: the main file's; `files`: every file's content by its name below the main one's folder, that one too."""

    name: str
    files: Mapping[str, bytes]

    @property
    def main(self) -> bytes:
        """The content of routes.yaml."""
        return self.files[self.name]

    @property
    def beside(self) -> list[str]:
        """The names of the other files, in order."""
        return sorted(name for name in self.files if name != self.name)

    @property
    def version(self) -> str:
        """A short hash of all contents, and of the names of the files beside the main one."""
        found = hashlib.blake2b(self.main, digest_size=6)
        for name in self.beside:
            found.update(hashlib.blake2b(name.encode() + b"\0" + self.files[name]).digest())
        return found.hexdigest()
