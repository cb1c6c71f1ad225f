"""The Lua scripts, loaded once: each is the parts of lib/, in this order, and the file of its name."""

import hashlib
from pathlib import Path
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from relay.store import Blob

PARTS = ("common", "lanes", "alerts", "order", "events", "aside")
_HERE = Path(__file__).parent
_LIB = "\n".join((_HERE / "lib" / f"{part}.lua").read_text() for part in PARTS)


def _arguments(value: object) -> list[bytes]:
    """One msgpack value, and the blobs in it beside it, in whose place is their number: Redis copies what is in a
    script's value once more, and its msgpack knows no `bin`."""
    blobs: list[bytes] = []

    def beside(blob: object) -> int:
        if not isinstance(blob, Blob):
            raise TypeError(f"{type(blob).__name__} can't be passed to a script")
        blobs.append(blob)
        return len(blobs)

    return [msgspec.msgpack.encode(value, enc_hook=beside), *blobs]


class Script:
    """One script, called with one msgpack value and the blobs of it."""

    def __init__(self, name: str) -> None:
        self._text = f"{_LIB}\n{(_HERE / f'{name}.lua').read_text()}"
        self._sha = hashlib.sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    async def call(self, redis: Redis, args: Any) -> Any:
        """Its reply, as Redis gives it. Loads the script where Redis doesn't know it (any more)."""
        given = _arguments(args)
        try:
            return await redis.evalsha(self._sha, 0, *given)
        except NoScriptError:
            return await redis.eval(self._text, 0, *given)
