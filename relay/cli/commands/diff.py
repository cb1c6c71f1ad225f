"""`relay diff`: what another routes.yaml changes, in words, and what it would change of the last events."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from relay.cli.asking import Asking, asking, asking_options, pages
from relay.cli.changed import print_changes
from relay.cli.differences import Effect, as_data, print_effect
from relay.cli.options import Commands, Options
from relay.cli.printing import print_json
from relay.cli.stored import stored
from relay.cli.versions import config_of, in_force
from relay.config.load import load
from relay.configuration import Config
from relay.differing import changes
from relay.errors import RelayError
from relay.otherwise import Compared, compared
from relay.route import OWN_SOURCE
from relay.texts import _

LAST, MOST_IN_A_PAGE = 200, 500


def add(commands: Commands) -> None:
    diff = commands.add_parser("diff", help=_("what another routes.yaml changes, and of the last events; dry"))
    diff.add_argument("file", nargs="?", metavar="FILE", help=_("the new one; routes.yaml unless set (RELAY_CONFIG)"))
    diff.add_argument(
        "--against", metavar="FILE|VERSION", help=_("what it is compared with; the running one unless set")
    )
    diff.add_argument(
        "--last", type=_count, metavar="N", default=LAST, help=_("so many stored events; {n} unless set", n=LAST)
    )
    asking_options(diff)
    diff.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Placeholders stand in for variables that aren't set: it is the files that are compared. Raises ConfigError."""
    options = Options(args)
    new = load(Path(args.file) if args.file else options.config, options.env, placeholders=True)
    old = _against(args, options)
    found, mask = changes(old, new), old.mask.joined(new.mask)
    effect = _effect(args, old, new) if found else Effect()
    if args.json:
        return print_json(as_data(found, effect, mask))
    print_changes(found)
    return print_effect(effect, mask)


def _against(args: argparse.Namespace, options: Options) -> Config:
    """A file, where there is one of that name; else a version that the relay keeps."""
    if args.against and Path(args.against).exists():
        return load(Path(args.against), options.env, placeholders=True)
    with asking(args) as relay:
        return config_of(relay, args.against or in_force(relay), options)


def _count(text: str) -> int:
    """For argparse, so that another one is wrong usage."""
    if not text.isdecimal() or len(text) > 5:
        raise argparse.ArgumentTypeError(_("a number up to 99999"))
    return int(text)


def _effect(args: argparse.Namespace, old: Config, new: Config) -> Effect:
    """Files can be compared where no relay is."""
    effect = Effect()
    try:
        with asking(args) as relay:
            for event_id in [*_last(relay, args.last)]:
                effect.count(_compared(relay, event_id, old, new))
    except RelayError as fault:
        effect.missing = str(fault)
    return effect


def _compared(relay: Asking, event_id: str, old: Config, new: Config) -> Compared | None:
    """None where the event isn't whole any more."""
    try:
        kept = stored(relay, event_id, whole=old.reads_whole or new.reads_whole)
    except RelayError:
        return None
    return compared(old, new, kept.event, kept.received_ms, kept.documents)


def _last(relay: Asking, most: int) -> Iterator[str]:
    """The ids of the newest events that somebody sent."""
    left = most
    for page in pages(relay, "/api/events", "events", limit=str(min(left, MOST_IN_A_PAGE))) if left else ():
        ids = [event["id"] for event in page if event["source"] != OWN_SOURCE][:left]
        yield from ids
        left -= len(ids)
        if not left:
            return
