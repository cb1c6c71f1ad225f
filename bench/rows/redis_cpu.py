"""What Redis pays for an event that goes the whole way in groups, and how many commands that is."""

import asyncio

from bench import relays
from bench.redis_cost import GROUP, Cost, cost_per_event
from bench.row import Aim, Line, Row, Series
from bench.site import Site

TITLE = f"Redis CPU for each event, the whole way, in groups of {GROUP}"


def measure(site: Site) -> Row:
    events = site.count(12_800, least=640)
    with relays.redis(site, "everysec") as server:
        costs = [asyncio.run(cost_per_event(server.url, events)) for _ in range(site.rounds)]
    return Row(
        title=TITLE,
        lines=[
            _line("Redis in all", [cost.redis_us for cost in costs], most=120),
            _line("of which Lua", [cost.lua_us for cost in costs], most=85),
        ],
        notes=[_commands(costs[-1])],
    )


def _line(what: str, values: list[float], most: float) -> Line:
    aims = [Aim(bound="at most", value=most)]
    return Line(what=what, unit="µs", ours=Series(name="Relay", values=values), aims=aims)


def _commands(cost: Cost) -> str:
    often = ", ".join(f"{name.upper()} {times:g}" for name, times in list(cost.by_command.items())[:6])
    return f"{cost.commands:.1f} commands an event within the scripts, most of them {often}."
