"""What stands in Redis, as gauges for Prometheus. Web alone reads it, when it is asked, and at most once a second.

Every web process tells the same: take the highest over processes, and never the sum.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from relay.errors import StoreUnavailable
from relay.metrics import Figures
from relay.views import LaneView

EVERY_S = 1.0
BREAKER = ("closed", "half-open", "open")


class Gauges:
    """`lanes` and `figures` read the store; both raise StoreUnavailable."""

    def __init__(
        self, lanes: Callable[[], Awaitable[list[LaneView]]], figures: Callable[[], Awaitable[Figures]]
    ) -> None:
        self._lanes, self._figures = lanes, figures
        self._reading: asyncio.Task[list[Metric]] | None = None
        self._until = 0.0

    async def read(self) -> list[Metric]:
        """Asked together, or within a second, they are read once: nobody needs a token to ask."""
        if self._reading is None or (self._reading.done() and time.monotonic() > self._until):
            self._reading = asyncio.create_task(self._read())
        return await asyncio.shield(self._reading)

    async def _read(self) -> list[Metric]:
        try:
            lanes, figures = await asyncio.gather(self._lanes(), self._figures())
        except StoreUnavailable:
            return list(families([], None))
        finally:
            self._until = time.monotonic() + EVERY_S
        return list(families(lanes, figures))


def families(lanes: list[LaneView], figures: Figures | None) -> Iterator[Metric]:
    """`figures` is None where Redis can't be asked: then it isn't up, and nothing else is known."""
    yield GaugeMetricFamily("relay_redis_up", "Whether web could ask Redis.", float(figures is not None))
    yield from _of_lanes(lanes)
    yield from _of_redis(figures)


def _of_lanes(lanes: list[LaneView]) -> Iterator[Metric]:
    depth = _family("relay_lane_deliveries", "Deliveries in a lane, by where they stand.", "destination", "state")
    oldest = _family("relay_lane_oldest_seconds", "Since the oldest unfinished delivery's event came.", "destination")
    breaker = _family("relay_lane_breaker", "1 for the state that the breaker is in.", "destination", "state")
    paused = _family("relay_lane_paused", "1 where the lane is paused or stopped.", "destination")
    for lane in lanes:
        for state in ("ready", "waiting", "in_flight", "held", "dead"):
            depth.add_metric([lane.destination, state], getattr(lane, state))
        for state in BREAKER:
            breaker.add_metric([lane.destination, state], float(lane.breaker == state))
        oldest.add_metric([lane.destination], lane.oldest_s or 0)
        paused.add_metric([lane.destination], float(lane.paused))
    yield from (depth, oldest, breaker, paused)


def _of_redis(figures: Figures | None) -> Iterator[Metric]:
    memory = _family("relay_redis_memory_bytes", "Redis's memory in use.")
    limit = _family("relay_redis_memory_limit_bytes", "Its maxmemory; 0 where none is set.")
    workers = _family("relay_workers", "Workers that live.")
    aside = _family("relay_put_aside", "Records that can't be read.")
    if figures:
        memory.add_metric([], figures.memory_bytes)
        limit.add_metric([], figures.limit_bytes)
        workers.add_metric([], figures.workers)
        aside.add_metric([], figures.put_aside)
    yield from (memory, limit, workers, aside)


def _family(name: str, help_: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, help_, labels=labels)
