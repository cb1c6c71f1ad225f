"""`relay readmit`: verifies refused requests again by the file of today, and lets in those that hold."""

import argparse
from collections.abc import Iterator
from typing import Any

from relay.cli.asking import Asking, asking, asking_options, pages
from relay.cli.commands.refused import FILTERS
from relay.cli.options import Commands, WrongUsage
from relay.cli.printing import TONES, Tone, Toned, print_json, print_line
from relay.errors import RelayError
from relay.texts import _, _n

OUTCOMES = ("accepted", "duplicate", "refused")
_TONES = {"accepted": TONES["delivered"], "refused": Tone.BAD}


def add(commands: Commands) -> None:
    readmit = commands.add_parser("readmit", help=_("let refused requests in, once their secret is mended"))
    readmit.add_argument("ids", nargs="*", metavar="ID", help=_("ref_…, as relay refused lists them"))
    for name, what in FILTERS.items():
        readmit.add_argument(f"--{name}", help=_(what))
    readmit.add_argument("--note", default="", help=_("why; it is kept with the events, with your name"))
    asking_options(readmit)
    readmit.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Raises RelayError where one is refused again."""
    query = {name: getattr(args, name) for name in FILTERS}
    if bool(args.ids) == any(query.values()):
        raise WrongUsage(_("say which: ids, or --source, --reason, --since"), "", _("relay refused lists them"))
    told = dict.fromkeys(OUTCOMES, 0)
    with asking(args) as relay:
        for one in args.ids or _chosen(relay, query):
            became = relay.post(f"/api/refused/{one}/readmit", {"note": args.note})
            told[became["outcome"]] += 1
            _tell(became, args.json)
    if not args.json:
        print_line(", ".join(f"{count} {name}" for name, count in told.items()))
    if told["refused"]:
        raise RelayError(
            _n("{n} request refused again", "{n} requests refused again", told["refused"]),
            "",
            _("see the reasons above"),
        )


def _chosen(relay: Asking, query: dict[str, str | None]) -> Iterator[str]:
    """Oldest first, as they came; those that can't be let in are left out."""
    found = [one for page in pages(relay, "/api/refused", "refused", **query, limit="500") for one in page]
    return (one["id"] for one in reversed(found) if one["kept"])


def _tell(became: dict[str, Any], as_json: bool) -> None:
    if as_json:
        return print_json(became)
    outcome = Toned(became["outcome"], _TONES.get(became["outcome"]))
    return print_line(f"{became['id']}  ", outcome, f"  {became['detail'] or ' '.join(became['events'])}")
