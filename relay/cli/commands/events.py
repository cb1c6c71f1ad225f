"""`relay events`: what came, newest first."""

import argparse
from typing import Any

from relay.cli.asking import asking, asking_options
from relay.cli.figures import local
from relay.cli.options import Commands
from relay.cli.printing import print_json, print_line, print_table, state
from relay.texts import N_, _

FILTERS = ("source", "type", "state", "route", "since", "until", "q")


def add(commands: Commands) -> None:
    events = commands.add_parser("events", help=_("list events, newest first"))
    for name in FILTERS:
        events.add_argument(f"--{name}", help=_(_HELP[name]))
    events.add_argument("--limit", help=_("how many, 50 unless set"))
    asking_options(events)
    events.set_defaults(run=run)


_HELP = {
    "source": N_("of one source"),
    "type": N_("of one event type"),
    "state": N_("pending, delivered, partial, dead, held or unrouted"),
    "route": N_("that took a route"),
    "since": N_("2h, 3d or a time"),
    "until": N_("the same"),
    "q": N_("an id, a document or an order key"),
}


def run(args: argparse.Namespace) -> None:
    query = {name: getattr(args, name) for name in (*FILTERS, "limit")}
    with asking(args) as relay:
        page = relay.get("/api/events", **query)
    if args.json:
        return print_json(page)
    rows = [_row(event) for event in page["events"]]
    print_table((N_("RECEIVED"), N_("EVENT"), N_("SOURCE"), N_("TYPE"), N_("STATE"), N_("DOCUMENT")), rows)
    if page["next"]:
        print_line(_("there are more: narrow it with --since, --source or --state"))
    return None


def _row(event: dict[str, Any]) -> tuple[str, ...]:
    documents = ", ".join(one["document"] for one in event["deliveries"] if one["document"])
    names = (event["id"], event["source"], event["type"])
    return (local(event["received_at"]), *names, state(event["state"]), documents)
