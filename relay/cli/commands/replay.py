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
    replay.add_argument(
        "--fetch", action="store_true", help="read what its source fetches anew, and make what is missing then"
    )
    replay.add_argument("--note", default="", help="why; kept with the delivery")
    client_options(replay)
    replay.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    client = Client(Options(args))
    ids = [dlv for given in args.ids for dlv in _deliveries(client, given, args.fetch)]
    asked = {"again": args.again, "fetch": args.fetch, "note": args.note}
    replayed = [client.post(f"/api/deliveries/{dlv}/replay", asked) for dlv in ids]
    if args.json:
        return print_json(replayed)
    for delivery in replayed:
        print(f"{delivery['id']}  {delivery['route']} → {delivery['destination']}  {delivery['state']}")
    if not replayed:
        print("nothing is dead or held there")
    return None


def _deliveries(client: Client, given: str, fetch: bool) -> list[str]:
    """Of an event whose documents are read anew, any one where nothing is dead or held."""
    if not given.startswith("evt_"):
        return [given]
    event = client.get(f"/api/events/{given}")
    undecided = [one["id"] for one in event["deliveries"] if one["state"] in ("dead", "held")]
    return undecided or ([one["id"] for one in event["deliveries"][:1]] if fetch else [])
