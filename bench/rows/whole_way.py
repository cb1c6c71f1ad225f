"""The whole way: accepted, delivered, and told; all processes on this machine, load and sink too. Beside other queues
with a job for each delivery, which nobody has to verify, store or put in order."""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from statistics import median

import msgspec

from bench import relays, routes
from bench.peers.running import PEERS, Team, team, version
from bench.playing.load import load
from bench.playing.sink import Sink, sink
from bench.relays import Server, Web
from bench.row import Aim, Line, Row, Series
from bench.rows.ingest import requests_for
from bench.site import Site, Started
from bench.spent import cpu_s

TITLE = "Whole way: accept, delivery, status callback, all on this machine"
RQ_TIMES = 8
WORKERS = 2
DRAINS_S = 180


class Relay(msgspec.Struct, frozen=True, kw_only=True):
    """What goes the whole way."""

    server: Server
    web: Web
    workers: list[Started]
    sink: Sink

    def burst(self, site: Site, seconds: float) -> tuple[float, float]:
        """Events a second from the first request to the last callback, and CPU µs for each of web, workers and Redis.

        Raises RuntimeError where an event that was answered 202 isn't told.
        """
        requests = requests_for(site, seconds)
        there = self.server.events()
        self.sink.heard()
        pids = [self.web.process.pid, *(worker.pid for worker in self.workers), self.server.process.pid]
        before, began = cpu_s(pids), time.time()
        load(self.web.url, requests, seconds)
        told = self.sink.until("/status", self.server.events() - there, DRAINS_S)
        return len(told) / (told[-1] - began), (cpu_s(pids) - before) / len(told) * 1e6


def measure(site: Site) -> Row:
    versions = {peer.name: version(site, peer) for peer in PEERS}
    present = [peer for peer in PEERS if versions[peer.name]]
    took: dict[str, list[tuple[float, float]]] = {"Relay": [], **{peer.name: [] for peer in present}}
    seconds = site.seconds(3)
    with (
        sink(site) as heard,
        relay(site, heard) as ours,
        relays.redis(site, "everysec") as server,
        ExitStack() as stack,
    ):
        teams = [stack.enter_context(team(site, peer, server, heard)) for peer in present]

        def burst(one: Team) -> None:
            took[one.peer.name].append(one.burst(site.count(one.peer.per_s * 3)))

        steps = [partial(burst, one) for one in teams]
        relays.rounds(site, lambda: took["Relay"].append(ours.burst(site, seconds)), *steps)
    figures = {name: _series(name, found) for name, found in took.items()}
    line = Line(
        what="events",
        unit="1/s",
        better="more",
        ours=figures.pop("Relay"),
        beside=list(figures.values()),
        aims=[
            Aim(bound="at least", value=3_000),
            *(Aim(bound="at least", value=RQ_TIMES if peer.name == "RQ" else 1, beside=peer.name) for peer in PEERS),
        ],
    )
    return Row(title=TITLE, lines=[line], notes=_notes(versions))


@contextmanager
def relay(site: Site, heard: Sink) -> Iterator[Relay]:
    """When its workers have delivered first events. As many of them as the peers have."""
    with (
        relays.redis(site, "everysec") as server,
        relays.web(site, routes.WHOLE_WAY, heard.url, server) as web,
        ExitStack() as stack,
    ):
        workers = [
            stack.enter_context(relays.worker(site, routes.WHOLE_WAY, heard.url, server)) for _ in range(WORKERS)
        ]
        found = Relay(server=server, web=web, workers=workers, sink=heard)
        found.burst(site, site.seconds(1))
        yield found


def _series(name: str, took: list[tuple[float, float]]) -> Series:
    return Series(name=name, values=[rate for rate, _ in took], cpu_us=median(cpu for _, cpu in took))


def _notes(versions: Mapping[str, str | None]) -> list[str]:
    missing = [name for name, found in versions.items() if found is None]
    present = [f"{name} {found}" for name, found in versions.items() if found]
    found = [
        f"Relay: one web process, two workers. {', '.join(present)}: two worker processes each, and one that enqueues.",
        "All on Redis with appendfsync everysec. CPU is that of all these processes and Redis, without load and sink.",
    ]
    return [*found, f"Not installed: {', '.join(missing)} (see docs/performance.md)."] if missing else found
