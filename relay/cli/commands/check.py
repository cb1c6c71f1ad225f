"""`relay check`: loads routes.yaml as the server would, and says what is wrong, where, and what would be right; then
runs its tests.

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
from relay.errors import FAULT, ConfigError, Fault
from relay.texts import _, _n
from relay.trials import run_tests


def add(commands: Commands) -> None:
    check = commands.add_parser("check", help=_("load routes.yaml as the server would; faults as FILE:LINE:COL"))
    check.add_argument("config", nargs="?", metavar="FILE", help=_("routes.yaml unless set (RELAY_CONFIG)"))
    check.add_argument("--json", action="store_true", help=_("faults, or schemes, as JSON"))
    check.add_argument("--strict", action="store_true", help=_("warnings count as faults"))
    check.add_argument(
        "--no-env", action="store_true", help=_("let placeholders stand in for variables that aren't set")
    )
    check.add_argument("-k", default="", metavar="TEXT", help=_("run only the tests whose names hold it"))
    check.add_argument("--no-tests", action="store_true", help=_("run none of the tests"))
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
    config, found = _loaded(args, options)
    found = _placed(found, options.config.parent)
    if args.json:
        print_json([_shown(each) for each in found])
    else:
        print_faults(found)
    if config is None or any(args.strict or fault.severity == FAULT for fault in found):
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


def _loaded(args: argparse.Namespace, options: Options) -> tuple[Config | None, Sequence[Fault]]:
    """The configuration, None with a fault, and all that was found, what fails in its tests too, in the order of the
    file."""
    try:
        config = load(options.config, options.env, placeholders=args.no_env)
    except ConfigError as error:
        return None, sorted((*error.faults, *error.warnings), key=lambda fault: _at(fault, options.config.name))
    failed = () if args.no_tests else run_tests(config, args.k)
    return config, sorted((*config.warnings, *failed), key=lambda fault: _at(fault, options.config.name))


def _at(fault: Fault, main: str) -> tuple[bool, str, int, int]:
    return fault.file != main, fault.file, fault.line, fault.column


def _shown(fault: Fault) -> dict[str, Any]:
    place = {"file": fault.file, "line": fault.line, "column": fault.column}
    text = fault.excerpt.text if fault.excerpt else ""
    said = {"severity": fault.severity, "what": fault.what, "remedy": fault.remedy, "text": text}
    return {**place, **said, **({"diff": list(fault.diff)} if fault.diff else {})}


def _counts(config: Config) -> str:
    return _(
        "{sources}, {destinations}, {routes}, {tests}",
        sources=_n("{n} source", "{n} sources", len(config.sources)),
        destinations=_n("{n} destination", "{n} destinations", len(config.destinations)),
        routes=_n("{n} route", "{n} routes", len(config.routes)),
        tests=_n("{n} test", "{n} tests", len(config.tests)),
    )


def _placed(faults: Iterable[Fault], folder: Path) -> list[Fault]:
    """With the files' names as they were given, so that an editor finds them from here."""
    return [_moved(fault, str(folder / fault.file)) for fault in faults]


def _moved(fault: Fault, file: str) -> Fault:
    moved = Fault(file, fault.line, fault.column, fault.what, fault.remedy, severity=fault.severity)
    moved.excerpt, moved.diff = fault.excerpt, fault.diff
    return moved
