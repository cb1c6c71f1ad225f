"""A thousand destinations, of which ten take a connection and say nothing: what the others notice of it."""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractContextManager, AsyncExitStack
from functools import partial
from statistics import quantiles
from typing import TypeVar

import uvloop

from bench import relays, routes
from bench.playing.reporting import reporting
from bench.row import Aim, Line, Row, Series
from bench.site import Site

T = TypeVar("T")
COUNT, HANGING = 1_000, 10
PER_S = 40
NONE = "none hanging"


def title(count: int) -> str:
    return f"{count:,} destinations, {HANGING} of them hanging for 30 s"


TITLE = title(COUNT)


def measure(site: Site) -> Row:
    count = site.count(COUNT, least=100)
    took = uvloop.run(_latencies(site, count))
    ours, none = (Series(name=name, values=[_p99(one) for one in took[name]]) for name in ("Relay", NONE))
    aim = Aim(bound="at most", value=1.5, beside=NONE)
    line = Line(what="p99 of the others", unit="ms", ours=ours, beside=[none], aims=[aim])
    note = f"{PER_S} events/s at random over {count:,} lanes; a sixth goes to the ten, in both cases. One worker."
    return Row(title=title(count), lines=[line], notes=[note])


async def _latencies(site: Site, count: int) -> dict[str, list[list[float]]]:
    seconds = site.seconds(8)
    found: dict[str, list[list[float]]] = {"Relay": [], NONE: []}
    ten = frozenset(f"/d{n}" for n in range(HANGING))
    async with reporting() as erp, AsyncExitStack() as stack:
        relay = _started(stack, relays.up(site, routes.destinations(count), erp.url))
        to, erp.apart = partial(_chosen, count), ten
        await erp.latencies(f"{relay.url}/in/expenses", PER_S, site.seconds(1), to)
        for _ in range(site.rounds):
            for name, erp.hang in ((NONE, frozenset[str]()), ("Relay", ten)):
                found[name].append(await erp.latencies(f"{relay.url}/in/expenses", PER_S, seconds, to))
            erp.let_go()
    return found


def _started(stack: AsyncExitStack, server: AbstractContextManager[T]) -> T:
    """Stopped beside the loop: the ERP runs on it, and has to let go of what hangs."""
    found = server.__enter__()
    stack.push_async_callback(asyncio.to_thread, server.__exit__, None, None, None)
    return found


def _chosen(count: int, number: int) -> Mapping[str, str]:
    """Each sixth to one of the ten, the others to one after the other."""
    hanging = number % 6 == 0
    return {"to": f"d{number // 6 % HANGING if hanging else HANGING + number % (count - HANGING)}"}


def _p99(took: list[float]) -> float:
    return quantiles(took, n=100)[98]
