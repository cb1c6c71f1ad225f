"""What each process is given."""

from collections.abc import Mapping
from pathlib import Path

import msgspec


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """`env`: the environment over `.env`; `tokens`: API token → who holds it; `data`: a folder outside Redis."""

    config: Path
    env: Mapping[str, str]
    redis_url: str
    tokens: Mapping[str, str] = {}
    data: Path | None = None
