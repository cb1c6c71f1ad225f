"""The Lua scripts, loaded once: each is the parts of lib/, in this order, and the file of its name."""

import hashlib
from pathlib import Path
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from relay.store import Blob

PARTS = ("common", "lanes", "order", "events", "aside")
_HERE = Path(__file__).parent
_LIB = "\n".join((_HERE / "lib" / f"{part}.lua").read_text() for part in PARTS)


def _raw(value: object) -> msgspec.Raw:
    """Redis's msgpack knows no `bin`; its strings hold any bytes."""
    if isinstance(value, Blob):
        return msgspec.Raw(b"\xdb" + len(value).to_bytes(4, "big") + value)
    raise TypeError(f"{type(value).__name__} can't be passed to a script")


_encode = msgspec.msgpack.Encoder(enc_hook=_raw).encode


class Script:
    """One script, called with one msgpack value as its argument."""

    def __init__(self, name: str) -> None:
        self._text = f"{_LIB}\n{(_HERE / f'{name}.lua').read_text()}"
        self._sha = hashlib.sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    async def call(self, redis: Redis, args: Any) -> Any:
        """Its reply, as Redis gives it. Loads the script where Redis doesn't know it (any more)."""
        packed = _encode(args)
        try:
            return await redis.evalsha(self._sha, 0, packed)
        except NoScriptError:
            return await redis.eval(self._text, 0, packed)
