"""`relay refused`: the requests that were turned away, newest first, and why."""

import argparse
from typing import Any

from relay.cli.asking import asking, asking_options
from relay.cli.figures import local
from relay.cli.options import Commands
from relay.cli.printing import print_json, print_line, print_table
from relay.texts import N_, _

FILTERS = {
    "source": N_("sent to one source"),
    "reason": N_("for one reason: signature, network, or the code of the answer"),
    "since": N_("2h, 3d or a time"),
    "until": N_("the same"),
}


def add(commands: Commands) -> None:
    refused = commands.add_parser("refused", help=_("the requests that were turned away, and why"))
    for name, what in FILTERS.items():
        refused.add_argument(f"--{name}", help=_(what))
    refused.add_argument("--limit", help=_("how many, 50 unless set"))
    asking_options(refused)
    refused.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    query = {name: getattr(args, name) for name in (*FILTERS, "limit")}
    with asking(args) as relay:
        page = relay.get("/api/refused", **query)
    if args.json:
        return print_json(page)
    head = (N_("RECEIVED"), N_("REQUEST"), N_("SOURCE"), N_("REASON"), N_("SENDER"), N_("BYTES"), N_("CAN BE LET IN"))
    print_table(head, [_row(one) for one in page["refused"]])
    if page["next"]:
        print_line(_("there are more: narrow it with --since, --source or --reason"))
    return None


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    size = "-" if one["size"] is None else str(one["size"])
    return (
        local(one["at"]),
        one["id"],
        one["source"],
        one["reason"],
        one["sender"],
        size,
        _("yes") if one["kept"] else _("no"),
    )
