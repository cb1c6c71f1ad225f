"""Versions of the configuration in Redis: the one in force, the last 200, and which one each process runs."""

import zlib
from collections.abc import Sequence
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from relay.bundle import Bundle
from relay.errors import RelayError
from relay.store import Blob
from relay.stores.reading import Reading
from relay.stores.scripts import Script
from relay.stores.trouble import unavailable
from relay.texts import _
from relay.version import Answer, How, Publication, Publish, Running, Status

MOST = 200
MOST_BYTES = 64 << 20  # of all bundles together, packed; those of the oldest versions go
MOST_PACKED, MOST_UNPACKED = 16 << 20, 256 << 20
SEEN_MS = 400 * 86_400_000
LOST_MS = 15_000
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Bundle).decode
_encode_running = msgspec.json.Encoder().encode
_decode_running = msgspec.json.Decoder(Running).decode


class RedisVersions(Reading):
    """Implements relay.version.Versions. A process is forgotten that hasn't looked for `lost_ms`."""

    def __init__(self, redis: Redis, most: int = MOST, most_bytes: int = MOST_BYTES, lost_ms: int = LOST_MS) -> None:
        super().__init__(redis)
        self._most, self._most_bytes, self._lost_ms = most, most_bytes, lost_ms
        self._look, self._publish = Script("look"), Script("publish")

    async def look(self, running: Running) -> str | None:
        """The version in force, None where there is none; says what this process runs. Raises StoreUnavailable."""
        told = Blob(_encode_running(running))
        found = await self._call(self._look, {"me": _me(running), "running": told, "lost_ms": self._lost_ms})
        return found.decode() if found else None

    async def leave(self, running: Running) -> None:
        """This process ends. Raises StoreUnavailable."""
        await self._call(self._look, {"me": _me(running), "lost_ms": self._lost_ms})

    async def publish(self, publish: Publish) -> Answer:
        """Raises RelayError where the files are too large together, StoreUnavailable."""
        packed = pack(publish.bundle)
        bounds = {"most": self._most, "most_bytes": self._most_bytes, "seen_ms": SEEN_MS}
        told = {name: getattr(publish, name) for name in ("expected", "place", "by", "note")}
        args = {"version": publish.bundle.version, "packed": Blob(packed), "how": str(publish.how), **told, **bounds}
        status, current = await self._call(self._publish, args)
        return Answer(status=Status(status.decode()), current=current.decode() if current else None)

    async def _call(self, script: Script, args: Any) -> Any:
        try:
            return await script.call(self._redis, args)
        except (RedisError, OSError) as error:
            raise unavailable(error) from error

    async def current(self) -> str | None:
        """The version in force. Raises StoreUnavailable."""
        (found,) = await self._pipe(lambda pipe: pipe.get("config:current"))
        return found.decode() if found else None

    async def bundle(self, version: str) -> Bundle | None:
        """None where it isn't kept (any more). Raises StoreUnavailable."""
        (packed,) = await self._pipe(lambda pipe: pipe.hget("config:bundles", version))
        return unpack(packed) if packed else None

    async def history(self, limit: int) -> Sequence[Publication]:
        """Newest first. Raises StoreUnavailable."""
        (entries,) = await self._pipe(lambda pipe: pipe.xrevrange("config:history", count=limit))
        return [_publication(place.decode(), fields) for place, fields in entries]

    async def running(self) -> Sequence[Running]:
        """All that have looked within some seconds, in the order of their hosts and names. Raises StoreUnavailable."""
        (found,) = await self._pipe(lambda pipe: pipe.hvals("config:running"))
        return sorted(map(_decode_running, found), key=lambda one: (one.host, one.name, one.pid))


def pack(bundle: Bundle, most: int = MOST_PACKED) -> bytes:
    """Raises RelayError where it is larger than `most` bytes."""
    packed = zlib.compress(_encode(bundle))
    if len(packed) > most:
        what = _(
            "the files are {count} bytes together, packed, and {most} are the most",
            count=f"{len(packed):,}",
            most=f"{most:,}",
        )
        raise RelayError(what, bundle.name, _("take rows that nothing looks up out of the tables"))
    return packed


def unpack(packed: bytes) -> Bundle:
    """Raises RelayError on what isn't one."""
    try:
        unzipped = zlib.decompressobj().decompress(packed, MOST_UNPACKED)
        return _decode(unzipped)
    except (zlib.error, msgspec.DecodeError) as error:
        raise RelayError(
            _("a version's files can't be read: {error}", error=error), "Redis", _("apply a file again")
        ) from None


def _me(running: Running) -> str:
    return f"{running.host}:{running.pid}"


def _publication(place: str, fields: dict[bytes, bytes]) -> Publication:
    said = {name.decode(): value.decode(errors="replace") for name, value in fields.items()}
    return Publication(
        version=said["version"],
        before=said["before"] or None,
        at_ms=int(place.partition("-")[0]),
        how=How(said["how"]),
        by=said["by"] or None,
        note=said["note"] or None,
    )
