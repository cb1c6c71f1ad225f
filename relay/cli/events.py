"""`relay events` and `relay show`: what came, and what became of it."""

import argparse
from typing import Any

from relay.cli.client import Client
from relay.cli.options import Commands, Options
from relay.cli.printing import print_json, print_table
from relay.cli.timeline import show

FILTERS = ("source", "type", "state", "route", "since", "until", "q")


def add(commands: Commands) -> None:
    events = commands.add_parser("events", help="list events, newest first")
    for name in FILTERS:
        events.add_argument(f"--{name}", help=_HELP[name])
    events.add_argument("--limit", help="how many, 50 unless set")
    client_options(events)
    events.set_defaults(run=run_events)
    one = commands.add_parser("show", help="one event with its deliveries and attempts")
    one.add_argument("id", metavar="ID")
    client_options(one)
    one.set_defaults(run=run_show)


_HELP = {
    "source": "of one source",
    "type": "of one event type",
    "state": "pending, delivered, partial, dead, held or unrouted",
    "route": "that took a route",
    "since": "2h, 3d or a time",
    "until": "the same",
    "q": "an id, a document or an order key",
}


def client_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--url", help="where the relay is (RELAY_URL)")
    command.add_argument("--data", help="its data folder, where the token is (RELAY_DATA)")
    command.add_argument("--json", action="store_true", help="for programs")


def run_events(args: argparse.Namespace) -> None:
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


def run_show(args: argparse.Namespace) -> None:
    event = Client(Options(args)).get(f"/api/events/{args.id}")
    if args.json:
        return print_json(event)
    return show(event)
