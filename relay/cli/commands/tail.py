"""`relay tail`: what comes and what becomes of it, as it happens."""

import argparse
import time
from dataclasses import asdict

from relay.cli.asking import Asking, asking, asking_options
from relay.cli.figures import clock
from relay.cli.following import Change, Followed
from relay.cli.options import Commands
from relay.cli.printing import TONES, Tone, Toned, cut, padded, print_json, print_line
from relay.texts import N_, _

EVERY_S = 1.0
SUBJECT, WHERE = 18, 14
FILTERS = {
    "source": N_("of one source"),
    "type": N_("of one event type"),
    "route": N_("that took a route"),
    "q": N_("an id or a key"),
}


def add(commands: Commands) -> None:
    tail = commands.add_parser("tail", help=_("follow what comes and what becomes of it, live"))
    for name, what in FILTERS.items():
        tail.add_argument(f"--{name}", help=_(what))
    tail.add_argument("--destination", help=_("only what is bound for one destination"))
    tail.add_argument("--since", help=_("begin with what came since: 10m, 2h or a time; now unless set"))
    asking_options(tail)
    tail.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    with asking(args) as relay:
        try:
            _follow(relay, args)
        except KeyboardInterrupt:
            return


def _follow(relay: Asking, args: argparse.Namespace) -> None:
    query = {name: getattr(args, name) for name in FILTERS}
    followed = Followed(relay, query, args.since)
    while True:
        for change in followed.changes():
            if args.destination in (None, change.where):
                _tell(change, args)
        time.sleep(EVERY_S)


def _tell(change: Change, args: argparse.Namespace) -> None:
    if args.json:
        return print_json(asdict(change))
    subject = padded(cut(change.subject, SUBJECT), SUBJECT)
    where = padded(cut(change.where, WHERE), WHERE)
    began = Toned(f"{clock(change.at)}  {change.event}  ", Tone.FAINT)
    return print_line(began, f"{subject}  {where}  ", Toned(change.text, TONES.get(change.state)))
