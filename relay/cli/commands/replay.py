"""`relay replay`: tries what is dead or held again, rendered anew, and routes what no route took: by ids, or many by a
filter."""

import argparse
from typing import Any

from relay.cli.asking import Asking, asking, asking_options
from relay.cli.consent import consents
from relay.cli.options import Commands, WrongUsage
from relay.cli.printing import print_json
from relay.cli.reasons import chosen, filter_options, reasons, show, total
from relay.cli.replaying import in_steps, replay_each
from relay.cli.unrouted import STATE, show_unrouted, unrouted
from relay.texts import _


def add(commands: Commands) -> None:
    replay = commands.add_parser("replay", help=_("try dead or held deliveries again, rendered anew"))
    replay.add_argument(
        "ids", nargs="*", metavar="ID", help=_("a delivery; or an event, to make what its routes of today add")
    )
    replay.add_argument(
        "--state",
        choices=("dead", "held", STATE),
        help=_("many: those that are dead, or held; or events that no route took"),
    )
    filter_options(replay)
    replay.add_argument("--source", help=_("with --state unrouted: that came from one source"))
    replay.add_argument("--yes", action="store_true", help=_("don't ask"))
    replay.add_argument("--dry-run", action="store_true", help=_("say what would be tried again, and do nothing"))
    replay.add_argument("--again", action="store_true", help=_("also one that is delivered; needs --note"))
    replay.add_argument(
        "--fetch", action="store_true", help=_("read what its source fetches anew, and make what is missing then")
    )
    replay.add_argument("--note", default="", help=_("why; kept with the delivery, with your name"))
    replay.add_argument("--cursor", help=_("where an interrupted one goes on, as it said"))
    asking_options(replay)
    replay.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """1 where one couldn't be replayed, or the person said no."""
    _check(args)
    with asking(args) as relay:
        if args.ids:
            return replay_each(relay, args)
        return _many(relay, args)


def _check(args: argparse.Namespace) -> None:
    filters = [args.state, args.source, *chosen(args).values()]
    if args.ids and any(filters):
        raise WrongUsage(_("name deliveries or filter them, not both"), "relay replay")
    if not args.ids and not args.state:
        raise WrongUsage(_("name deliveries, or say --state dead, held or unrouted"), "relay replay")
    _check_events(args)
    if args.fetch and not args.ids:
        raise WrongUsage(_("--fetch needs ids"), "relay replay")
    if args.again and not (args.note and args.ids):
        raise WrongUsage(_("--again needs ids, and --note that says why a delivered one is sent again"), "relay replay")


def _check_events(args: argparse.Namespace) -> None:
    if args.state == STATE and (args.route or args.destination):
        raise WrongUsage(
            _("what no route took has no route and no destination"), "relay replay", _("filter by --source")
        )
    if args.source and args.state != STATE:
        raise WrongUsage(
            _("--source goes with --state unrouted"), "relay replay", _("filter by --route or --destination")
        )


def _many(relay: Asking, args: argparse.Namespace) -> int:
    found = [] if args.cursor else _found(relay, args)
    if not args.json and not args.cursor:
        show_unrouted(found) if args.state == STATE else show(found, args.state)
    if args.dry_run or not (found or args.cursor):
        if args.json:
            print_json({"matching": total(found), "groups" if args.state == STATE else "reasons": found})
        return 0
    if not _agreed(args, total(found)):
        return 1
    return in_steps(relay, args, total(found))


def _found(relay: Asking, args: argparse.Namespace) -> list[dict[str, Any]]:
    if args.state != STATE:
        return reasons(relay, args.state, chosen(args))
    return unrouted(relay, {"source": args.source, "since": args.since, "until": args.until})


def _agreed(args: argparse.Namespace, count: int) -> bool:
    if args.yes or args.cursor:
        return True
    if args.state == STATE:
        asked = _("Route {count} by the routes of today", count=count)
    else:
        asked = _("Try {count} again", count=count)
    return consents(f"{asked}?", "relay replay", _("add --yes, or --dry-run to see more"))
