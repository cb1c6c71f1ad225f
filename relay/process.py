"""What each process is given: its surroundings, and the time to stop."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

GRACE_S = 35.0  # a running attempt's after SIGTERM: more than the 30 s that a request may take unless told otherwise


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """`env`: the environment over `.env`; `tokens`: API token → who holds it; `data`: a folder outside Redis."""

    config: Path
    env: Mapping[str, str]
    redis_url: str
    tokens: Mapping[str, str] = {}
    data: Path | None = None
