"""`relay check`: loads routes.yaml as the server would, and says what is wrong, where, and what would be right.

`--schemes` lists the signature schemes that a source can name instead."""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from relay.cli.faults import print_faults
from relay.cli.options import Commands, Options, WrongUsage
from relay.cli.printing import print_json
from relay.cli.schemes import print_schemes
from relay.config.load import load
from relay.configuration import Config
from relay.errors import ConfigError, Fault
from relay.texts import _


def add(commands: Commands) -> None:
    check = commands.add_parser("check", help=_("load routes.yaml as the server would; faults as FILE:LINE:COL"))
    check.add_argument("config", nargs="?", metavar="FILE", help=_("routes.yaml unless set (RELAY_CONFIG)"))
    check.add_argument("--json", action="store_true", help=_("faults, or schemes, as JSON"))
    check.add_argument("--strict", action="store_true", help=_("warnings count as faults"))
    check.add_argument(
        "--no-env", action="store_true", help=_("let placeholders stand in for variables that aren't set")
    )
    check.add_argument("--schemes", action="store_true", help=_("list the signature schemes that a source can name"))
    check.add_argument("--markdown", action="store_true", help=_("with --schemes: as docs/sources.md"))
    check.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    if args.schemes:
        print_schemes(as_json=args.json, as_markdown=args.markdown)
        return 0
    if args.markdown:
        raise WrongUsage(_("--markdown goes with --schemes"), "relay check", _("add --schemes"))
    return _checked(args)


def _checked(args: argparse.Namespace) -> int:
    options = Options(args)
    config, found = _loaded(options, placeholders=args.no_env)
    found = _placed(found, options.config.parent)
    if args.json:
        print_json([_shown(each) for each in found])
    else:
        print_faults(found)
    if config is None or (args.strict and found):
        return 1
    if not args.json:
        print(
            _(
                "{file}: fine ({counts}), version {version}",
                file=options.config,
                counts=_counts(config),
                version=config.version,
            )
        )
    return 0


def _loaded(options: Options, *, placeholders: bool) -> tuple[Config | None, Sequence[Fault]]:
    """The configuration, None with a fault, and all that was found, in the order of the file."""
    try:
        config = load(options.config, options.env, placeholders=placeholders)
    except ConfigError as error:
        return None, sorted((*error.faults, *error.warnings), key=lambda fault: _at(fault, options.config.name))
    return config, config.warnings


def _at(fault: Fault, main: str) -> tuple[bool, str, int, int]:
    return fault.file != main, fault.file, fault.line, fault.column


def _shown(fault: Fault) -> dict[str, Any]:
    place = {"file": fault.file, "line": fault.line, "column": fault.column}
    text = fault.excerpt.text if fault.excerpt else ""
    return {**place, "severity": fault.severity, "what": fault.what, "remedy": fault.remedy, "text": text}


def _counts(config: Config) -> str:
    return _(
        "{sources} sources, {destinations} destinations, {routes} routes",
        sources=len(config.sources),
        destinations=len(config.destinations),
        routes=len(config.routes),
    )


def _placed(faults: Iterable[Fault], folder: Path) -> list[Fault]:
    """With the files' names as they were given, so that an editor finds them from here."""
    return [_moved(fault, str(folder / fault.file)) for fault in faults]


def _moved(fault: Fault, file: str) -> Fault:
    moved = Fault(file, fault.line, fault.column, fault.what, fault.remedy, severity=fault.severity)
    moved.excerpt = fault.excerpt
    return moved
