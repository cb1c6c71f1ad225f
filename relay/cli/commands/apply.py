"""`relay apply`: brings a routes.yaml into force for every process: checked, tested, and with what it changes shown."""

import argparse
from pathlib import Path

from relay.cli.asking import asking, asking_options
from relay.cli.faults import print_faults
from relay.cli.options import Commands, Options
from relay.cli.printing import print_json, print_line
from relay.cli.taking_over import take_over
from relay.cli.versions import config_of, in_force, shown
from relay.config.load import load
from relay.configuration import Config
from relay.errors import ConfigError
from relay.texts import _
from relay.trials import run_tests


def add(commands: Commands) -> None:
    apply = commands.add_parser("apply", help=_("bring a routes.yaml into force, after its checks and tests"))
    apply.add_argument("file", nargs="?", metavar="FILE", help=_("the new one; routes.yaml unless set (RELAY_CONFIG)"))
    apply.add_argument("--note", default="", help=_("why; kept in the history, with your name"))
    apply.add_argument("--yes", action="store_true", help=_("don't ask"))
    asking_options(apply)
    apply.set_defaults(run=run, command="apply")


def run(args: argparse.Namespace) -> int:
    """Placeholders stand in for variables that aren't set here: the relay checks it with its own. Whoever is asked has
    read the warnings. Raises ConfigError with all faults, or with the tests that fail."""
    options = Options(args)
    new = _tested(load(Path(args.file) if args.file else options.config, options.env, placeholders=True))
    with asking(args) as relay:
        expected = in_force(relay)
        if expected == new.version:
            return _same(args, expected)
        given = {"files": shown(new.bundle), "name": new.bundle.name, "expected": expected, "note": args.note}
        old = config_of(relay, expected, options)
        print_faults(new.warnings)
        return take_over(relay, args, old, new, lambda: relay.post("/api/config", given))


def _tested(config: Config) -> Config:
    if failed := run_tests(config):
        raise ConfigError(failed)
    return config


def _same(args: argparse.Namespace, version: str) -> int:
    if args.json:
        print_json({"version": version, "status": "same"})
    else:
        print_line(_("the version {version} is in force already", version=version))
    return 0
