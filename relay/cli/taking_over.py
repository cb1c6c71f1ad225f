"""Another version takes over: what it changes is shown, a person agrees, and all processes follow."""

import argparse
from collections.abc import Callable
from typing import Any

import msgspec

from relay.cli.asking import Asking
from relay.cli.changed import print_changes
from relay.cli.consent import consents
from relay.cli.followed import followed, not_running, print_followed
from relay.cli.leaving import left, print_left
from relay.cli.options import WrongUsage
from relay.cli.printing import print_json, print_line
from relay.configuration import Config
from relay.differing import changes
from relay.errors import Unanswered
from relay.texts import _

Post = Callable[[], Any]


def take_over(relay: Asking, args: argparse.Namespace, old: Config, new: Config, post: Post) -> int:
    """`post` brings the new one into force. The exit status: 1 where the person says no, and where a process doesn't
    run it. Raises RelayError, and Unanswered where it may be in force."""
    if args.json and not args.yes:
        raise WrongUsage(_("--json asks nobody"), f"relay {args.command}", _("add --yes; relay diff shows the changes"))
    if args.json:
        return _told_in_json(relay, old, new, post)
    print_changes(changes(old, new))
    print_left(left(relay, old, new))
    if not (args.yes or consents(_("Bring it into force?"), f"relay {args.command}", _("add --yes"))):
        return 1
    _posted(post)
    print_line(_("the version {version} is in force; before it {before}", version=new.version, before=old.version))
    return print_followed(followed(relay, new.version), new.version, quiet=False)


def _told_in_json(relay: Asking, old: Config, new: Config, post: Post) -> int:
    told = [
        {**msgspec.structs.asdict(each), "kind": str(each.kind), "lines": list(each.lines)}
        for each in changes(old, new)
    ]
    lanes = [msgspec.structs.asdict(one) for one in left(relay, old, new)]
    said = _posted(post)
    found = followed(relay, new.version)
    running = {"processes": len(found["processes"]), "others": not_running(found, new.version)}
    print_json({**said, "before": old.version, "changes": told, "left": lanes, **running})
    return print_followed(found, new.version, quiet=True)


def _posted(post: Post) -> Any:
    try:
        return post()
    except Unanswered as error:
        remedy = _("it may have come into force: relay routes history tells")
        raise Unanswered(error.what, error.where, remedy) from None
