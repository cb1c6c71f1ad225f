"""What one worker delivers where 50,000 events wait, beside bare aiohttp POSTs at the same concurrency."""

import asyncio
import time
from statistics import median

import aiohttp
import uvloop

from bench import relays, routes
from bench.playing.load import load
from bench.playing.sink import Sink, sink
from bench.playing.webhooks import report, write_requests
from bench.relays import Server, Web
from bench.row import Aim, Line, Row, Series
from bench.rows.ingest import MOST_PER_S
from bench.site import Site
from bench.spent import cpu_s

WAITING = 50_000
BARE = "aiohttp POSTs"
DRAINS_S = 180
TITLE = f"Deliveries of one worker, {WAITING:,} waiting, {routes.CONCURRENCY} at once"


def measure(site: Site) -> Row:
    waiting, rates, bares, cpu_us = site.count(WAITING), list[float](), list[float](), list[float]()
    share = waiting // site.rounds
    with (
        sink(site) as heard,
        relays.redis(site, "everysec") as server,
        relays.web(site, routes.UNTOLD, heard.url, server) as web,
    ):
        _fill(site, web, server, waiting)

        def relay() -> None:
            rate, spent_us = _drain(site, heard, server, share)
            rates.append(rate)
            cpu_us.append(spent_us)

        def bare() -> None:
            bares.append(uvloop.run(_posts(heard.url, site.seconds(3))))
            heard.heard()

        relays.rounds(site, relay, bare)
    line = Line(
        what="deliveries",
        unit="1/s",
        better="more",
        ours=Series(name="Relay", values=rates, cpu_us=median(cpu_us)),
        beside=[Series(name=BARE, values=bares)],
        aims=[Aim(bound="at least", value=0.5, beside=BARE)],
    )
    note = f"The worker is started anew in each round, and drains {share:,}. CPU is that of worker and Redis."
    return Row(title=TITLE, lines=[line], notes=[note])


def _fill(site: Site, web: Web, server: Server, count: int) -> None:
    """Until so many wait; what is sent comes in pieces, so that it doesn't take long beyond them."""
    while (there := server.events()) < count:
        seconds = 2.0 if count - there > MOST_PER_S else site.seconds(1)
        load(web.url, write_requests(site.folder / "requests", int(seconds * MOST_PER_S)), seconds)


def _drain(site: Site, heard: Sink, server: Server, count: int) -> tuple[float, float]:
    """Deliveries a second between the first and the last of so many, and CPU µs for each of worker and Redis."""
    with relays.worker(site, routes.UNTOLD, heard.url, server) as worker:
        began = heard.until("/erp", 1, DRAINS_S)
        pids = [worker.pid, server.process.pid]
        before = cpu_s(pids)
        times = began + heard.until("/erp", count - len(began), DRAINS_S)
        spent_s = cpu_s(pids) - before
    heard.heard()
    return (len(times) - 1) / (times[-1] - times[0]), spent_s / (len(times) - len(began)) * 1e6


async def _posts(url: str, seconds: float) -> float:
    """POSTs a second."""
    body, ends, done = report(), time.monotonic() + seconds, 0
    headers = {"content-type": "application/json"}

    async def post() -> None:
        nonlocal done
        while time.monotonic() < ends:
            async with session.post(f"{url}/erp", data=body, headers=headers) as answer:
                await answer.read()
            done += 1

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=routes.CONCURRENCY)) as session:
        await asyncio.gather(*(post() for _ in range(routes.CONCURRENCY)))
    return done / seconds
