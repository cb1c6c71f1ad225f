"""What `relay pause` and `relay resume` have in common."""

import argparse

from relay.cli.asking import asking, asking_options
from relay.cli.options import Commands
from relay.cli.printing import print_json, print_line
from relay.texts import _


def add_command(commands: Commands, verb: str, told: str) -> None:
    command = commands.add_parser(verb, help=told)
    command.add_argument("destination", metavar="DEST")
    command.add_argument("--note", default="", help=_("why; kept with the lane, with your name"))
    asking_options(command)
    command.set_defaults(run=lambda args: _run(args, verb))


def _run(args: argparse.Namespace, verb: str) -> None:
    with asking(args) as relay:
        found = relay.post(f"/api/lanes/{args.destination}/{verb}", {"note": args.note})
    if args.json:
        return print_json(found)
    return print_line(
        _("{destination} is paused", destination=found["destination"])
        if found["paused"]
        else _("{destination} goes on", destination=found["destination"])
    )
