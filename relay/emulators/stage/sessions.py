"""Logins of a played system: tokens that are given out, end in time, and can be ended all at once."""

import secrets

from relay.emulators.stage.clock import Clock


class Sessions:
    """`lasts_s`: how long a login holds, in seconds; `logins`: how many there were."""

    def __init__(self, clock: Clock, lasts_s: float = 7200) -> None:
        self.lasts_s, self.logins = lasts_s, 0
        self._clock = clock
        self._ends: dict[str, float] = {}

    def begin(self, lasts_s: float | None = None) -> str:
        """A new token, which holds for the usual time unless another is given."""
        self.logins += 1
        token = secrets.token_hex(16)
        self._ends[token] = self._clock.now() + (self.lasts_s if lasts_s is None else lasts_s)
        return token

    def holds(self, token: str | None) -> bool:
        return self._ends.get(token or "", 0) > self._clock.now()

    def end_all(self) -> None:
        self._ends.clear()
