"""The way in: verified, deduped, stored; beside the same server's empty handler, which is what HTTP alone costs."""

from pathlib import Path
from statistics import median

from bench import relays, routes
from bench.playing.load import CONNECTIONS, Told, load
from bench.playing.webhooks import write_requests
from bench.relays import Server, Web
from bench.row import Aim, Line, Row, Series
from bench.site import Site
from bench.spent import cpu_s

TITLE = f"Ingest: one web process, {CONNECTIONS} connections, appendfsync everysec"
EMPTY = "empty handler"
MOST_PER_S = 16_000


def measure(site: Site) -> Row:
    seconds = site.seconds(4)
    requests = requests_for(site, seconds)
    ours, empties, cpu_us = [], [], []
    with (
        relays.redis(site, "everysec") as server,
        relays.web(site, routes.WHOLE_WAY, "http://127.0.0.1:9", server) as web,
        relays.empty(site) as empty,
    ):

        def relay() -> None:
            told, spent_us = ingest(web, server, requests, seconds)
            ours.append(told.rate)
            cpu_us.append(spent_us)

        def nothing() -> None:
            empties.append(load(empty.url, requests, seconds).rate)

        relays.rounds(site, relay, nothing)
    line = Line(
        what="events accepted",
        unit="1/s",
        better="more",
        ours=Series(name="Relay", values=ours, cpu_us=median(cpu_us)),
        beside=[Series(name=EMPTY, values=empties)],
        aims=[Aim(bound="at least", value=0.5, beside=EMPTY)],
    )
    return Row(title=TITLE, lines=[line], notes=["CPU is that of web and Redis."])


def requests_for(site: Site, seconds: float) -> Path:
    """More of them than can be sent in that time."""
    return write_requests(site.folder / "requests", int(seconds * MOST_PER_S))


def ingest(web: Web, server: Server, requests: Path, seconds: float) -> tuple[Told, float]:
    """The requests sent for so long into an empty Redis: what the generator told, and CPU µs an event of web and Redis.

    Raises RuntimeError where what was answered isn't there.
    """
    server.redis.flushall()
    pids = [web.process.pid, server.process.pid]
    before = cpu_s(pids)
    told = load(web.url, requests, seconds)
    spent_s, stored = cpu_s(pids) - before, server.events()
    if stored < told.requests:
        raise RuntimeError(f"{told.requests} events were answered 202, and {stored} are there")
    return told, spent_s / stored * 1e6
