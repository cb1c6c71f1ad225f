"""The way in with an fsync before each answer, beside what redis-benchmark writes with the same fsync."""

import shutil
import subprocess
from statistics import median

from bench import relays, routes
from bench.playing.load import CONNECTIONS
from bench.relays import Server
from bench.row import Aim, Line, Row, Series
from bench.rows.ingest import ingest, requests_for
from bench.site import Site

TITLE = f"Ingest: the same, appendfsync always, {CONNECTIONS} connections"
ONE_EACH = f"SET by {CONNECTIONS} clients"
PIPELINES = f"SET by {CONNECTIONS} clients, pipelines of 16"
DEPTH = {ONE_EACH: 1, PIPELINES: 16}
SETS_PER_S = {ONE_EACH: 6_000, PIPELINES: 20_000}


def measure(site: Site) -> Row:
    seconds = site.seconds(4)
    requests = requests_for(site, seconds)
    rates, p99s, cpu_us, sizes = [], [], [], []
    beside: dict[str, list[float]] = {ONE_EACH: [], PIPELINES: []}
    with (
        relays.redis(site, "always") as server,
        relays.web(site, routes.WHOLE_WAY, "http://127.0.0.1:9", server) as web,
    ):
        server.redis.config_set("auto-aof-rewrite-percentage", 0)  # or the file shrinks while its growth is measured

        def relay() -> None:
            before = _written(server)
            told, spent_us = ingest(web, server, requests, seconds)
            rates.append(told.rate)
            p99s.append(told.p99_ms)
            cpu_us.append(spent_us)
            sizes.append((_written(server) - before) / told.requests)

        def sets() -> None:
            for name, found in beside.items():
                found.append(
                    _sets_per_s(server, round(median(sizes)), DEPTH[name], int(SETS_PER_S[name] * seconds / 2))
                )

        relays.rounds(site, relay, sets if shutil.which("redis-benchmark") else lambda: None)
    others = sorted((Series(name=name, values=values) for name, values in beside.items() if values), key=_rate)
    rate = Line(
        what="events accepted",
        unit="1/s",
        better="more",
        ours=Series(name="Relay", values=rates, cpu_us=median(cpu_us)),
        beside=others,
        aims=[Aim(bound="at least", value=0.5, beside=others[-1].name if others else "redis-benchmark")],
    )
    slowest = Line(
        what="p99 of the answers",
        unit="ms",
        ours=Series(name="Relay", values=p99s),
        aims=[Aim(bound="at most", value=50)],
        draw=False,
    )
    note = f"redis-benchmark sets values of {median(sizes):,.0f} bytes, as many as an accepted event adds to the file."
    return Row(title=TITLE, lines=[rate, slowest], notes=[note if others else "redis-benchmark isn't installed."])


def _rate(series: Series) -> float:
    return series.median


def _written(server: Server) -> int:
    return int(server.info("persistence")["aof_current_size"])


def _sets_per_s(server: Server, size: int, depth: int, count: int) -> float:
    """Of values of so many bytes under changing keys."""
    socket = server.redis.connection_pool.connection_kwargs["path"]
    how = ["-s", socket, "-c", str(CONNECTIONS), "-n", str(count), "-P", str(depth), "-d", str(size), "-r", "100000"]
    ran = subprocess.run(["redis-benchmark", *how, "-t", "set", "--csv"], capture_output=True, text=True, check=True)  # noqa: S603
    server.redis.flushall()
    return float(ran.stdout.strip().splitlines()[-1].split(",")[1].strip('"'))
