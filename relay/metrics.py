"""What a process counts, for Prometheus. What stands in Redis isn't counted here: gauges.py reads it.

Counted in one thread, without the locks of prometheus_client's own counters, and made its families when it is asked:
each costs 0.1 µs instead of 0.4 to 0.8.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.utils import floatToGoString

S_AT_ONCE = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
S_TO_DAYS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400, 604_800)
S_OF_REDIS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2)
ITEMS = (1, 2, 4, 8, 16, 32, 64)


class Count:
    """How often something happened."""

    __slots__ = ("total",)

    def __init__(self) -> None:
        self.total = 0

    def inc(self) -> None:
        self.total += 1


class Spread:
    """How often a value was at most each of `bounds`, and beyond."""

    __slots__ = ("_bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds, self.counts, self.total = bounds, [0] * (len(bounds) + 1), 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self._bounds, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[str, float]]:
        """Each with all below it, as Prometheus wants them."""
        bounds, so_far = [*map(floatToGoString, self._bounds), "+Inf"], 0
        found = []
        for bound, count in zip(bounds, list(self.counts), strict=True):
            so_far += count
            found.append((bound, float(so_far)))
        return found


Values = str | tuple[str, ...]
Child = TypeVar("Child", Count, Spread)


def _texts(values: Values) -> list[str]:
    return [values] if isinstance(values, str) else [str(one) for one in values]


class Counted(dict[Values, Child]):
    """What is counted under one name, by the values of its labels; each is there once it is asked for."""

    def __init__(self, name: str, help_: str, labels: Sequence[str]) -> None:
        super().__init__()
        self.name, self.help, self.labels = name, help_, labels
        ALL.append(self)

    def children(self) -> list[tuple[list[str], Child]]:
        """A copy: the scrape may come in another thread."""
        return [(_texts(values), child) for values, child in list(self.items())]

    def family(self) -> Metric:
        """As Prometheus's library takes it."""
        raise NotImplementedError


class Counts(Counted[Count]):
    def __missing__(self, values: Values) -> Count:
        self[values] = child = Count()
        return child

    def family(self) -> Metric:
        family = CounterMetricFamily(self.name, self.help, labels=self.labels)
        for values, child in self.children():
            family.add_metric(values, child.total)
        return family


class Spreads(Counted[Spread]):
    def __init__(self, name: str, help_: str, bounds: Sequence[float], label: str) -> None:
        super().__init__(name, help_, [label])
        self._bounds = bounds

    def __missing__(self, values: Values) -> Spread:
        self[values] = child = Spread(self._bounds)
        return child

    def family(self) -> Metric:
        family = HistogramMetricFamily(self.name, self.help, labels=self.labels)
        for values, child in self.children():
            family.add_metric(values, child.buckets(), child.total)
        return family


def _counter(name: str, help_: str, *labels: str) -> Counts:
    return Counts(name, help_, labels)


def families() -> Iterator[Metric]:
    """All that this process counts, and what the system says of it."""
    yield from REGISTRY.collect()
    for counted in ALL:
        yield counted.family()


REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
ALL: list[Counted[Any]] = []
accepted = _counter("relay_events_accepted", "New events, stored.", "source")
unrouted = _counter("relay_events_unrouted", "New events that no route takes.", "source")
duplicates = _counter("relay_events_duplicate", "Events that came before and are stored already.", "source")
differing = _counter("relay_events_differing", "New events under an id that came with another body; held.", "source")
refused = _counter("relay_requests_refused", "Requests of sources that were turned away.", "source", "reason")
answer_s = Spreads("relay_accept_seconds", "From a source's request to its answer.", S_AT_ONCE, "source")
attempts = _counter(
    "relay_attempts", "Attempts, those of callbacks too, by what they came to.", "destination", "outcome"
)
attempt_s = Spreads("relay_attempt_seconds", "From a request to its whole answer.", S_AT_ONCE, "destination")
deliveries = _counter(
    "relay_deliveries",
    "Changes of deliveries to a state; callbacks and fetched documents left out.",
    "destination",
    "state",
)
delivered_s = Spreads(
    "relay_delivered_seconds", "From an event's acceptance to its delivery, by two clocks.", S_TO_DAYS, "destination"
)
callbacks = _counter("relay_callbacks", "Changes of status callbacks to a state.", "destination", "state")
redis_s = Spreads("relay_redis_seconds", "Round trips to Redis, by script.", S_OF_REDIS, "script")
redis_items = Spreads("relay_redis_group_items", "Steps that went to Redis in one call.", ITEMS, "script")
redis_failed = _counter("relay_redis_failed", "Calls that Redis didn't confirm.", "script")
config_refused = Gauge(
    "relay_config_refused", "1 while the files hold a faulty change that isn't in force.", registry=REGISTRY
)


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What Redis says of itself. Bytes; `limit_bytes` is 0 where none is set. `workers`: those that have said within
    some seconds that they live. `put_aside`: records that can't be read."""

    memory_bytes: int
    limit_bytes: int
    workers: int
    put_aside: int
