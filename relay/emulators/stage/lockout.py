"""Wrong logins in a row, after which a played system refuses right ones too."""

from collections import Counter

from relay.emulators.stage.clock import Clock


class Lockout:
    """`most`: wrong logins that a user may make in a row; `lasts_s`: how long the user is shut out after that."""

    def __init__(self, clock: Clock, most: int = 5, lasts_s: float = 1800) -> None:
        self.most, self.lasts_s = most, lasts_s
        self._clock = clock
        self._wrong: Counter[str] = Counter()
        self._until: dict[str, float] = {}

    def shuts_out(self, user: str) -> bool:
        return self._until.get(user, 0) > self._clock.now()

    def wrong(self, user: str) -> None:
        self._wrong[user] += 1
        if self._wrong[user] >= self.most:
            self._until[user] = self._clock.now() + self.lasts_s
            del self._wrong[user]

    def right(self, user: str) -> None:
        del self._wrong[user]
