"""Another version takes over: what it changes is shown, a person agrees, and all processes follow."""

import argparse
import time
from collections.abc import Callable
from typing import Any

import msgspec

from relay.cli.asking import Asking
from relay.cli.changed import print_changes
from relay.cli.consent import consents
from relay.cli.in_force import Processes, print_others
from relay.cli.options import WrongUsage
from relay.cli.printing import print_json, print_line
from relay.configuration import Config
from relay.differing import changes
from relay.texts import _

FOLLOWS_S, EVERY_S = 5.0, 0.2


def take_over(relay: Asking, args: argparse.Namespace, old: Config, new: Config, post: Callable[[], Any]) -> int:
    """`post` brings the new one into force. The exit status: 1 where the person says no."""
    if args.json and not args.yes:
        raise WrongUsage(_("--json asks nobody"), f"relay {args.command}", _("add --yes; relay diff shows the changes"))
    found = changes(old, new)
    if not args.json:
        print_changes(found)
    if not (args.yes or consents(_("Bring it into force?"), f"relay {args.command}", _("add --yes"))):
        return 1
    said = post()
    others = _others(relay, new.version)
    if args.json:
        told = [{**msgspec.structs.asdict(each), "kind": str(each.kind), "lines": list(each.lines)} for each in found]
        print_json({**said, "before": old.version, "changes": told, "others": list(others)})
        return 0
    print_line(_("the version {version} is in force; before it {before}", version=new.version, before=old.version))
    print_others(others)
    return 0


def _others(relay: Asking, version: str) -> Processes:
    """The processes that run another version after some seconds, in which all follow that can."""
    gives_up = time.monotonic() + FOLLOWS_S
    while True:
        running = relay.get("/api/config")["processes"]
        others = [one for one in running if one["version"] != version]
        if not others or all(one["refused"] for one in others) or time.monotonic() > gives_up:
            return others
        time.sleep(EVERY_S)
