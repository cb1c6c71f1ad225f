"""A played system's clock, which can be moved ahead: nobody waits two hours for a token to end."""

import time


class Clock:
    """`ahead_s`: by how many seconds it is ahead of the true time."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self.ahead_s

    def move(self, seconds: float) -> None:
        self.ahead_s += seconds
