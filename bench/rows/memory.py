"""How much of Redis's memory an event takes that waits, beyond its own bytes."""

import asyncio

from bench import relays
from bench.redis_cost import memory
from bench.row import Aim, Line, Row, Series
from bench.site import Site

TITLE = "Redis memory of a waiting event beyond its body and headers"
MOST = {"without an order key": 900, "with one": 1_150}


def measure(site: Site) -> Row:
    events = site.count(20_000, least=2_000)
    with relays.redis(site, "everysec") as server:
        lines = [
            Line(
                what=what,
                unit="bytes",
                ours=Series(name="Relay", values=[asyncio.run(memory(server.url, events, keyed=what == "with one"))]),
                aims=[Aim(bound="at most", value=most)],
            )
            for what, most in MOST.items()
        ]
    return Row(
        title=TITLE, lines=lines, notes=[f"{events:,} events wait. It is the same each time, so it is taken once."]
    )
