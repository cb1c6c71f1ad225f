"""`relay release`: a person decides a delivery that is held or dead."""

import argparse

from relay.cli.asking import asking, asking_options
from relay.cli.options import Commands
from relay.cli.printing import print_json, print_line, state
from relay.texts import _


def add(commands: Commands) -> None:
    release = commands.add_parser("release", help=_("decide a held or dead delivery"))
    release.add_argument("id", metavar="ID")
    release.add_argument("--as", dest="to", required=True, choices=("delivered", "retry", "dead"))
    release.add_argument("--document", help=_("the document that it was booked as; --as delivered needs it"))
    release.add_argument("--note", required=True, help=_("why; kept with the delivery, with your name"))
    asking_options(release)
    release.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    body = {"as": args.to, "document": args.document, "note": args.note}
    with asking(args) as relay:
        delivery = relay.post(f"/api/deliveries/{args.id}/release", body)
    if args.json:
        return print_json(delivery)
    booked = _(" as {document}", document=delivery["document"]) if delivery["document"] else ""
    print_line(f"{delivery['id']}  {delivery['destination']}  ", state(delivery["state"]), booked)
    return None
