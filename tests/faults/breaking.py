"""Does what the plan says, and measures how long each thing takes to go on."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from .deaths import GOES_ON_S, Deaths
from .plan import Fault
from .played import Played
from .up import until


@dataclass(eq=False)
class Broken:
    """A fault that happened, from `begun` on (monotonic seconds). `recovered_s`: None where it didn't go on in time.

    `alone`: no other process was hurt until it went on. `held`: deliveries that were under way."""

    fault: Fault
    begun: float
    recovered_s: float | None = None
    alone: bool = True
    held: int = 0


@dataclass
class Breaking:
    """`news` is called with a line for each thing that happens; `progress` counts what a server has done."""

    deaths: Deaths
    played: Mapping[str, Played]
    progress: Callable[[str], int]
    news: Callable[[str], None]
    done: list[Broken] = field(default_factory=list)
    _hurt: set[Broken] = field(default_factory=set)

    async def break_all(self, plan: Sequence[Fault]) -> None:
        """Returns when everything planned has happened and gone on."""
        start = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for fault in plan:
                await asyncio.sleep(max(0.0, start + fault.at - time.monotonic()))
                group.create_task(self._break(fault, start))

    async def _break(self, fault: Fault, start: float) -> None:
        broken = Broken(fault, time.monotonic())
        self.done.append(broken)
        try:
            broken.recovered_s = await (self._trouble(fault) if fault.where else self._death(broken))
        except TimeoutError:
            broken.recovered_s = None
        went_on = "NOT RECOVERED" if broken.recovered_s is None else f"recovered in {broken.recovered_s:.2f} s"
        held = f", {broken.held} under way" if broken.held else ""
        self.news(f"{broken.begun - start:7.1f} s  {fault}{held}: {went_on}")

    async def _death(self, broken: Broken) -> float:
        for other in self._hurt:
            other.alone = broken.alone = False
        self._hurt.add(broken)
        try:
            recovered_s, broken.held = await self.deaths.happen(broken.fault)
        finally:
            self._hurt.discard(broken)
        return recovered_s

    async def _trouble(self, fault: Fault) -> float:
        """Seconds from its end until the server does something again."""
        server = self.played[fault.where]
        if fault.kind == "refuses":
            await server.close()
        server.trouble, server.share = fault.kind, fault.share
        await asyncio.sleep(fault.seconds)
        server.trouble = ""
        if fault.kind == "refuses":
            await server.open()
        since, before = time.monotonic(), self.progress(fault.where)

        async def goes_on() -> bool:
            return self.progress(fault.where) > before

        await until(goes_on, GOES_ON_S)
        return time.monotonic() - since
