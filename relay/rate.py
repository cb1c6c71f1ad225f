"""A pace with a second's burst, counted by one number. Pure: `now` is an argument."""


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
