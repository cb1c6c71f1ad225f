"""`relay events`: what came, newest first."""

import argparse
from typing import Any

from relay.cli.client import Client, client_options
from relay.cli.options import Commands, Options
from relay.cli.printing import print_json, print_table

FILTERS = ("source", "type", "state", "route", "since", "until", "q")


def add(commands: Commands) -> None:
    events = commands.add_parser("events", help="list events, newest first")
    for name in FILTERS:
        events.add_argument(f"--{name}", help=_HELP[name])
    events.add_argument("--limit", help="how many, 50 unless set")
    client_options(events)
    events.set_defaults(run=run)


_HELP = {
    "source": "of one source",
    "type": "of one event type",
    "state": "pending, delivered, partial, dead, held or unrouted",
    "route": "that took a route",
    "since": "2h, 3d or a time",
    "until": "the same",
    "q": "an id, a document or an order key",
}


def run(args: argparse.Namespace) -> None:
    query = {name: getattr(args, name) for name in (*FILTERS, "limit")}
    page = Client(Options(args)).get("/api/events", **query)
    if args.json:
        return print_json(page)
    rows = [_row(event) for event in page["events"]]
    print_table(("RECEIVED", "EVENT", "SOURCE", "TYPE", "STATE", "DOCUMENT"), rows)
    if page["next"]:
        print("there are more: narrow it with --since, --source or --state")
    return None


def _row(event: dict[str, Any]) -> tuple[str, ...]:
    documents = ", ".join(one["document"] for one in event["deliveries"] if one["document"])
    return (event["received_at"], event["id"], event["source"], event["type"], event["state"], documents)
