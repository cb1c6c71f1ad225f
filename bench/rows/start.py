"""How long `relay up` takes until it is ready, and how much memory its processes have when they have worked."""

import time

from bench import relays, routes
from bench.playing.load import load
from bench.playing.sink import Sink, sink
from bench.relays import Web
from bench.row import Aim, Line, Row, Series
from bench.rows.ingest import requests_for
from bench.site import Site
from bench.spent import Memory, below, memory

TITLE = "`relay up`: time to ready, and memory"
MOST_MB = {"web": 70, "worker": 90}


def measure(site: Site) -> Row:
    took, sizes = list[float](), list[dict[str, Memory]]()
    with sink(site) as heard:
        for _ in range(site.rounds):
            began = time.monotonic()
            with relays.up(site, routes.WHOLE_WAY, heard.url) as relay:
                took.append(time.monotonic() - began)
                _work(site, relay, heard)
                sizes.append(_sizes(relay))
    ready = Line(
        what="to ready", unit="s", ours=Series(name="Relay", values=took), aims=[Aim(bound="at most", value=1.5)]
    )
    return Row(title=TITLE, lines=[ready, *(_line(name, sizes) for name in MOST_MB)], notes=[_shared(sizes[-1])])


def _work(site: Site, relay: Web, heard: Sink) -> None:
    """A full run's second of events, all told."""
    seconds = site.seconds(1)
    told = load(relay.url, requests_for(site, seconds), seconds)
    heard.until("/status", told.requests, 180)


def _sizes(relay: Web) -> dict[str, Memory]:
    pids = {
        name: pid for pid, words in below(relay.process.pid).items() for name in MOST_MB if f" relay {name} " in words
    }
    return {name: memory(pid) for name, pid in pids.items()}


def _line(name: str, sizes: list[dict[str, Memory]]) -> Line:
    return Line(
        what=f"{name}, resident",
        unit="MB",
        ours=Series(name="Relay", values=[one[name].rss for one in sizes]),
        aims=[Aim(bound="at most", value=MOST_MB[name])],
    )


def _shared(sizes: dict[str, Memory]) -> str:
    shares = ", ".join(f"{name} {size.pss:.0f} MB" for name, size in sizes.items())
    return f"After a second of load. With what they share counted once (PSS): {shares}."
