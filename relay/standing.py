"""Versions of the configuration as people and programs are shown them: which is in force, and who runs which."""

import msgspec

from relay.configuration import Config
from relay.status import Shown
from relay.times import rfc3339
from relay.version import How, Publication, Running, Versions


class PublicationShown(Shown, frozen=True):
    """A version that came into force. `how`: a file at a start, one that was saved, or a person who applied one or went
    back to one; `before`: what was in force before it."""

    version: str
    before: str | None
    at: str
    how: How
    by: str | None
    note: str | None


class ProcessShown(Shown, frozen=True):
    """A process, and what it runs. `refused`: why it doesn't run the version in force, or which change of its host's
    file it doesn't take; `differs`: how that file stands to the version in force."""

    name: str
    host: str
    pid: int
    version: str
    refused: str | None
    differs: str | None


class WarningShown(Shown, frozen=True):
    """What is legal and suspicious in its files."""

    file: str
    line: int
    column: int
    what: str
    remedy: str


class InForceShown(Shown, frozen=True):
    """`at`, `how`, `by`, `note`: of the last time that it came into force; None where that isn't known any more."""

    version: str
    at: str | None
    how: How | None
    by: str | None
    note: str | None
    processes: list[ProcessShown]
    warnings: list[WarningShown]


def publication(one: Publication) -> PublicationShown:
    told = msgspec.structs.asdict(one)
    del told["at_ms"]
    return PublicationShown(**told, at=rfc3339(one.at_ms))


def process(one: Running) -> ProcessShown:
    return ProcessShown(**msgspec.structs.asdict(one))


async def in_force(versions: Versions, config: Config) -> InForceShown:
    """`config`: what this process runs. Raises StoreUnavailable."""
    latest = next(iter(await versions.history(1)), None)
    current = await versions.current() or config.version
    known = latest if latest and latest.version == current else None
    return InForceShown(
        version=current,
        at=rfc3339(known.at_ms) if known else None,
        how=known.how if known else None,
        by=known.by if known else None,
        note=known.note if known else None,
        processes=[process(one) for one in await versions.running()],
        warnings=_warnings(config) if config.version == current else [],
    )


def _warnings(config: Config) -> list[WarningShown]:
    return [msgspec.convert(one, WarningShown, from_attributes=True) for one in config.warnings]
