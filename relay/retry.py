"""When a delivery is tried again: exponential backoff with jitter, within limits."""

import msgspec


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """Durations in milliseconds; `attempts` 0 means that there is no limit."""

    first_ms: int = 30_000
    factor: float = 2
    cap_ms: int = 1_800_000
    attempts: int = 0
    expire_ms: int = 30 * 86_400_000

    def delay_ms(self, tries: int, chance: float) -> int:
        """The wait after the `tries`-th counted try (from 1); `chance` in [0, 1) spreads it over ±10%."""
        exponent = min(tries - 1, 64)
        delay = min(self.cap_ms, self.first_ms * self.factor**exponent)
        return int(delay * (0.9 + 0.2 * chance))
