"""Logins of a played system: tokens that are given out, end in time, and can be ended all at once."""

import secrets
import time


class Sessions:
    """`lasts_s`: how long a login holds, in seconds."""

    def __init__(self, lasts_s: float = 7200) -> None:
        self.lasts_s, self.logins = lasts_s, 0
        self._ends: dict[str, float] = {}

    def begin(self) -> str:
        """A new token."""
        self.logins += 1
        token = secrets.token_hex(16)
        self._ends[token] = time.monotonic() + self.lasts_s
        return token

    def holds(self, token: str) -> bool:
        return self._ends.get(token, 0) > time.monotonic()

    def end_all(self) -> None:
        self._ends.clear()
