"""The contract of versions: which configuration is in force for all processes, what it was before, and who runs which.

Durations are milliseconds. Every step may be sent twice with the same arguments and then acts once.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from relay.bundle import Bundle


class How(StrEnum):
    """How a version came into force: a file that was there when a relay started, one that was saved, a person who
    applied one or went back to one."""

    START = "start"
    SAVE = "save"
    APPLY = "apply"
    ROLLBACK = "rollback"


class Status(StrEnum):
    """What became of a publication. `same`: it is in force already; `known`: this host's file has been in force, and
    wasn't changed since; `conflict`: another version is in force than the one that was expected."""

    DONE = "done"
    SAME = "same"
    KNOWN = "known"
    CONFLICT = "conflict"


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """A version that came into force. `before`: the one that it took the place of; `by`: who did it, if a person."""

    version: str
    before: str | None
    at_ms: int
    how: How
    by: str | None = None
    note: str | None = None


class Publish(msgspec.Struct, frozen=True, kw_only=True):
    """A version that is to come into force, only if `expected` is in force (None: no version is). `place`: the file on
    a host that it is from, which comes into force where it was changed, whatever is in force if `expected` is None."""

    bundle: Bundle
    how: How
    place: str | None = None
    expected: str | None = None
    by: str | None = None
    note: str | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`current`: what is in force after it."""

    status: Status
    current: str | None


class Running(msgspec.Struct, frozen=True, omit_defaults=True):
    """A process and the version that it runs. `refused`: why it doesn't run the one in force, or takes no file of its
    host; `differs`: how its host's file stands to the one in force."""

    name: str
    host: str
    pid: int
    version: str
    refused: str | None = None
    differs: str | None = None


class Versions(Protocol):
    """Where versions are kept. All raise StoreUnavailable."""

    async def look(self, running: Running) -> str | None:
        """The version in force, None where there is none; says what this process runs."""

    async def leave(self, running: Running) -> None:
        """This process ends."""

    async def bundle(self, version: str) -> Bundle | None:
        """None where it isn't kept (any more)."""

    async def publish(self, publish: Publish) -> Answer: ...
    async def current(self) -> str | None: ...
    async def history(self, limit: int) -> Sequence[Publication]:
        """Newest first."""

    async def running(self) -> Sequence[Running]:
        """All that have looked within some seconds, in the order of their hosts and names."""


async def is_in_force(versions: Versions, version: str) -> bool:
    """Whether all are to run it. Where none is kept, each runs its own. Raises StoreUnavailable."""
    return await versions.current() in (None, version)
