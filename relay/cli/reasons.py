"""What `relay dead` and `relay held` show, and `relay replay` before it asks: how many, where, and why."""

import argparse
from collections.abc import Iterable
from typing import Any

from relay.cli.asking import Asking, asking, asking_options, pages
from relay.cli.figures import local
from relay.cli.options import Commands
from relay.cli.printing import Tone, Toned, print_json, print_line, print_table
from relay.texts import N_, _, _n

FILTERS = {
    "destination": N_("of one destination"),
    "route": N_("of one route"),
    "since": N_("whose event came since: 2h, 3d or a time"),
    "until": N_("whose event came before then"),
}
HEAD = (N_("DESTINATION"), N_("COUNT"), N_("SINCE"), N_("LATEST"), N_("AN EXAMPLE"), N_("REASON"))


def add_command(commands: Commands, state: str, told: str) -> None:
    command = commands.add_parser(state, help=told)
    filter_options(command)
    asking_options(command)
    command.set_defaults(run=lambda args: _run(args, state))


def filter_options(command: argparse.ArgumentParser) -> None:
    for name, what in FILTERS.items():
        command.add_argument(f"--{name}", help=_(what))


def chosen(args: argparse.Namespace) -> dict[str, str | None]:
    return {name: getattr(args, name) for name in FILTERS}


def _run(args: argparse.Namespace, state: str) -> None:
    with asking(args) as relay:
        found = reasons(relay, state, chosen(args))
    if args.json:
        return print_json({"reasons": found})
    show(found, state)
    return None


def reasons(relay: Asking, state: str, which: dict[str, str | None]) -> list[dict[str, Any]]:
    """Of all pages together, by destination, the most frequent first."""
    sums: dict[tuple[str, str], dict[str, Any]] = {}
    for page in pages(relay, "/api/reasons", "reasons", state=state, **which):
        for one in page:
            key = one["destination"], one["reason"]
            sums[key] = _together(sums[key], one) if key in sums else one
    return sorted(sums.values(), key=lambda one: (one["destination"], -one["count"]))


def _together(one: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """`more` is of a later page, which holds what is older."""
    return {**one, "count": one["count"] + more["count"], "since": min(one["since"], more["since"])}


def total(found: Iterable[dict[str, Any]]) -> int:
    return sum(one["count"] for one in found)


def show(found: list[dict[str, Any]], state: str) -> None:
    if not found:
        return print_line(Toned(_("nothing is {state} there", state=state), Tone.GOOD))
    print_table(HEAD, [_row(one) for one in found])
    print_line("")
    destinations = len({one["destination"] for one in found})
    print_line(
        Toned(
            _(
                "{total} {state}: {reasons}, {destinations}",
                total=total(found),
                state=state,
                reasons=_n("{n} reason", "{n} reasons", len(found)),
                destinations=_n("{n} destination", "{n} destinations", destinations),
            ),
            Tone.TITLE,
        )
    )
    return None


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    times = (local(one["since"]), local(one["latest"]))
    return (one["destination"], str(one["count"]), *times, one["example"], one["reason"])
