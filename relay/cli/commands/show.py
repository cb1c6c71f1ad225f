"""`relay show`: one event, and what became of it."""

import argparse

from relay.cli.client import Client, client_options
from relay.cli.options import Commands, Options
from relay.cli.printing import print_json
from relay.cli.timeline import show


def add(commands: Commands) -> None:
    one = commands.add_parser("show", help="one event with its deliveries and attempts")
    one.add_argument("id", metavar="ID")
    client_options(one)
    one.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    event = Client(Options(args)).get(f"/api/events/{args.id}")
    if args.json:
        return print_json(event)
    return show(event)
