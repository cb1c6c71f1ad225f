"""`relay check`: loads routes.yaml as the server would, and says what is wrong, where, and what would be right.

`--schemes` lists the signature schemes that a source can name instead."""

import argparse
import sys
from pathlib import Path

from relay.cli.options import Commands, Options, WrongUsage
from relay.cli.printing import print_json
from relay.cli.schemes import print_schemes
from relay.config.load import load
from relay.errors import ConfigError, Fault


def add(commands: Commands) -> None:
    check = commands.add_parser("check", help="load routes.yaml as the server would; faults as FILE:LINE:COL")
    check.add_argument("config", nargs="?", metavar="FILE", help="routes.yaml unless set (RELAY_CONFIG)")
    check.add_argument("--json", action="store_true", help="faults, or schemes, as JSON")
    check.add_argument("--schemes", action="store_true", help="list the signature schemes that a source can name")
    check.add_argument("--markdown", action="store_true", help="with --schemes: as docs/sources.md")
    check.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    if args.schemes:
        print_schemes(as_json=args.json, as_markdown=args.markdown)
        return 0
    if args.markdown:
        raise WrongUsage("--markdown goes with --schemes", "relay check", "add --schemes")
    return _checked(args)


def _checked(args: argparse.Namespace) -> int:
    options = Options(args)
    try:
        config = load(options.config, options.env)
    except ConfigError as error:
        error = _placed(error, options.config.parent)
        if not args.json:
            raise error from None
        print_json(
            [
                {"file": f.file, "line": f.line, "column": f.column, "what": f.what, "remedy": f.remedy}
                for f in error.faults
            ]
        )
        return 1
    counts = f"{len(config.sources)} sources, {len(config.destinations)} destinations, {len(config.routes)} routes"
    if args.json:
        print_json([])
    else:
        print(f"{options.config}: fine ({counts}), version {config.version}", file=sys.stdout)
    return 0


def _placed(error: ConfigError, folder: Path) -> ConfigError:
    """With the files' names as they were given, so that an editor finds them from here."""
    return ConfigError([Fault(str(folder / f.file), f.line, f.column, f.what, f.remedy) for f in error.faults])
