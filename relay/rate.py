"""A pace with a second's burst, counted by one number, and what is told seldom. Pure: `now` is an argument."""


class Rate:
    """Allows `per_s` a second on average, and as many at once as a second holds."""

    def __init__(self) -> None:
        self._paid_until = 0.0

    def wait_s(self, per_s: float, now: float) -> float:
        """0 where one more is allowed, and it is counted; else the seconds until one will be."""
        due = max(self._paid_until, now - 1.0)
        if due > now:
            return due - now
        self._paid_until = due + 1.0 / per_s
        return 0.0


class Seldom:
    """Counts what a log is to tell at once, and then every `every_s` seconds, however often it happens."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._again_at = float("-inf")
        self._untold = 0

    def count(self, now: float) -> int:
        """One more: how many there were since it was last told, where it is to be told now; else 0."""
        self._untold += 1
        if now < self._again_at:
            return 0
        told, self._untold = self._untold, 0
        self._again_at = now + self._every_s
        return told
