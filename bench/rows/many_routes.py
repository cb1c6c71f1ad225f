"""What accept costs with a thousand routes of a hundred sources, beside ten routes of one."""

from pathlib import Path

from bench import relays, routes
from bench.playing.webhooks import write_requests
from bench.relays import Server, Web
from bench.row import Aim, Line, Row, Series
from bench.rows.ingest import MOST_PER_S, ingest
from bench.site import Site

MANY, FEW = (100, 1_000), (1, 10)
TITLE = f"Accept with {MANY[1]:,} routes and {MANY[0]} sources"
BESIDE = f"{FEW[1]} routes"


def measure(site: Site) -> Row:
    seconds = site.seconds(3)
    costs: dict[tuple[int, int], list[float]] = {MANY: [], FEW: []}
    requests = {size: _requests(site, size[0], seconds) for size in costs}
    with (
        relays.redis(site, "everysec") as server,
        relays.web(site, routes.many(*MANY), "http://127.0.0.1:9", server) as full,
        relays.web(site, routes.many(*FEW), "http://127.0.0.1:9", server) as small,
    ):

        def take(web: Web, size: tuple[int, int]) -> None:
            costs[size].append(_cost_us(web, server, requests[size], seconds))

        relays.rounds(site, lambda: take(full, MANY), lambda: take(small, FEW))
    line = Line(
        what="CPU of web and Redis",
        unit="µs",
        ours=Series(name="Relay", values=costs[MANY]),
        beside=[Series(name=BESIDE, values=costs[FEW])],
        aims=[Aim(bound="at most", value=1.2, beside=BESIDE)],
    )
    note = f"For each event, over HTTP; each takes one route of its source's {MANY[1] // MANY[0]}."
    return Row(title=TITLE, lines=[line], notes=[note])


def _requests(site: Site, sources: int, seconds: float) -> Path:
    return write_requests(site.folder / f"requests-{sources}", int(seconds * MOST_PER_S), sources)


def _cost_us(web: Web, server: Server, requests: Path, seconds: float) -> float:
    return ingest(web, server, requests, seconds)[1]
