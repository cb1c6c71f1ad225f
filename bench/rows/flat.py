"""What accept and claim cost with a million deliveries waiting, beside the same with a thousand."""

import asyncio

from bench import relays
from bench.redis_cost import Flatness, flatness
from bench.row import Aim, Line, Row, Series
from bench.site import Site

FEW, MANY = 1_000, 1_000_000
ROUNDS = 40


def title(many: int) -> str:
    return f"With {many:,} deliveries waiting, {many // 10:,} order keys"


TITLE = title(MANY)


def measure(site: Site) -> Row:
    many, rounds = site.count(MANY, least=5_000), site.count(ROUNDS, least=5)
    with relays.redis(site, "everysec") as server:
        few, full = asyncio.run(flatness(server.url, (FEW, many), rounds))
    lines = [
        _line("accept, Redis", few, full, "accept_us", most=1.6),
        _line("claim, Redis", few, full, "claim_us", most=1.6),
        _line("accept, whole", few, full, "whole_accept_us", most=1.1),
    ]
    note = f"Medians of {rounds} groups of 64 each, so that a rehash now and then doesn't count. One filling."
    return Row(title=title(many), lines=lines, notes=[note])


def _line(what: str, few: Flatness, full: Flatness, figure: str, most: float) -> Line:
    beside = Series(name=f"{FEW:,} waiting", values=[getattr(few, figure)])
    aim = Aim(bound="at most", value=most, beside=beside.name)
    return Line(
        what=what, unit="µs", ours=Series(name="Relay", values=[getattr(full, figure)]), beside=[beside], aims=[aim]
    )
