"""`relay replay`: tries what is dead or held again, rendered anew."""

import argparse

from relay.cli.client import Client, client_options
from relay.cli.options import Commands, Options
from relay.cli.printing import print_json


def add(commands: Commands) -> None:
    replay = commands.add_parser("replay", help="try dead or held deliveries again, rendered anew")
    replay.add_argument(
        "ids", nargs="+", metavar="ID", help="a delivery, or an event for all of its dead and held ones"
    )
    replay.add_argument("--again", action="store_true", help="also one that is delivered; needs --note")
    replay.add_argument("--note", default="", help="why; kept with the delivery")
    client_options(replay)
    replay.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    client = Client(Options(args))
    ids = [dlv for given in args.ids for dlv in _deliveries(client, given)]
    replayed = [client.post(f"/api/deliveries/{dlv}/replay", {"again": args.again, "note": args.note}) for dlv in ids]
    if args.json:
        return print_json(replayed)
    for delivery in replayed:
        print(f"{delivery['id']}  {delivery['route']} → {delivery['destination']}  {delivery['state']}")
    if not replayed:
        print("nothing is dead or held there")
    return None


def _deliveries(client: Client, given: str) -> list[str]:
    if not given.startswith("evt_"):
        return [given]
    event = client.get(f"/api/events/{given}")
    return [one["id"] for one in event["deliveries"] if one["state"] in ("dead", "held")]
