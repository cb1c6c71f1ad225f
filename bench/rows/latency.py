"""How long a document takes to the ERP at a steady 200 events a second, beside a call without anything between."""

from statistics import quantiles

import uvloop

from bench import relays, routes
from bench.playing.reporting import reporting
from bench.row import Aim, Line, Row, Series
from bench.site import Site

TITLE = "Latency: from the sender's POST to the ERP's first byte, 200 events/s"
DIRECT = "aiohttp, direct"
PER_S = 200


def measure(site: Site) -> Row:
    ours, direct = uvloop.run(_latencies(site))
    p50 = _line("p50", 50, ours, direct, most_ms=5)
    p99 = _line("p99", 99, ours, direct, most_ms=25)
    note = "The moment counts at which an event was to be sent, not that at which its turn came. appendfsync always."
    return Row(title=TITLE, lines=[p50, p99], notes=[note])


async def _latencies(site: Site) -> tuple[list[list[float]], list[list[float]]]:
    """Of each round, milliseconds through Relay and direct."""
    ours, direct, seconds = [], [], site.seconds(5)
    async with reporting() as erp:
        with relays.up(site, routes.UNTOLD.replace("${SINK}", erp.url), erp.url) as relay:
            await erp.latencies(f"{relay.url}/in/expenses", PER_S, site.seconds(1))
            for _ in range(site.rounds):
                ours.append(await erp.latencies(f"{relay.url}/in/expenses", PER_S, seconds))
                direct.append(await erp.latencies(f"{erp.url}/erp", PER_S, seconds))
    return ours, direct


def _line(what: str, percent: int, ours: list[list[float]], direct: list[list[float]], most_ms: float) -> Line:
    def series(name: str, rounds: list[list[float]]) -> Series:
        return Series(name=name, values=[quantiles(took, n=100)[percent - 1] for took in rounds])

    aim = Aim(bound="at most", value=most_ms)
    return Line(what=what, unit="ms", ours=series("Relay", ours), beside=[series(DIRECT, direct)], aims=[aim])
