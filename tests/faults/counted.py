"""An ERP that counts how many calls it has at once, and when each began."""

import asyncio
import time
from random import Random
from typing import Any

from .played import Got, Played


class Counted(Played):
    """`began`: monotonic seconds, in order; `most`: calls at once."""

    def __init__(self, chance: Random) -> None:
        super().__init__(chance)
        self.began: list[float] = []
        self.most = self._now = 0

    def take(self, got: Got, *, act: bool, clear: bool) -> Any:
        return {"code": "0", "voucher": f"V-{len(self.began)}"}

    async def answer(self, got: Got, writer: asyncio.StreamWriter) -> bool:
        self.began.append(time.monotonic())
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            return await super().answer(got, writer)
        finally:
            self._now -= 1

    def busiest(self, within_s: float) -> int:
        """The most calls that began in any such span."""
        return max(sum(at <= other < at + within_s for other in self.began) for at in self.began)
