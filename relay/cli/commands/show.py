"""`relay show`: one event, and what became of it; or one delivery."""

import argparse

from relay.cli.asking import asking, asking_options
from relay.cli.options import Commands
from relay.cli.printing import print_json
from relay.cli.timeline import show, show_delivery
from relay.texts import _


def add(commands: Commands) -> None:
    one = commands.add_parser("show", help=_("one event, or one delivery, with its attempts"))
    one.add_argument("id", metavar="ID")
    asking_options(one)
    one.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    kind, shown = ("deliveries", show_delivery) if args.id.startswith("dlv_") else ("events", show)
    with asking(args) as relay:
        found = relay.get(f"/api/{kind}/{args.id}")
    return print_json(found) if args.json else shown(found)
