"""The command `relay`. Only the command that is asked for is imported, so that each starts at once."""

import argparse
import gc
import importlib
import os
import pkgutil
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from relay import __version__
from relay.cli import commands
from relay.cli.faults import print_faults
from relay.cli.options import WrongUsage
from relay.errors import ConfigError, RelayError
from relay.process import COLLECT_EVERY
from relay.texts import N_, _, heard, language_of, speak

ARGPARSE = (  # what it says of a command that was given wrongly
    N_("the following arguments are required: {names}"),
    N_("unrecognized arguments: {names}"),
    N_("argument {name}: expected one argument"),
    N_("argument {name}: expected at least one argument"),
    N_("argument {name}: ignored explicit argument {value}"),
    N_("argument {name}: invalid choice: {value} (choose from {choices})"),
    N_("argument {name}: invalid {kind} value: {value}"),
    N_("argument {name}: not allowed with argument {other}"),
    N_("ambiguous option: {name} could match {names}"),
)


class _Help(argparse.HelpFormatter):
    """Its own words in the language that is spoken; argparse asks the locale alone."""

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, _("usage: ") if prefix is None else prefix)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong as every other error is said."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs, add_help=False, formatter_class=_Help)
        self._positionals.title, self._optionals.title = _("positional arguments"), _("options")
        self.add_argument("-h", "--help", action="help", help=_("show this help message and exit"))

    def error(self, message: str) -> NoReturn:
        what = _(", ").join((heard(message, ARGPARSE), self.prog, _("see {command} --help", command=self.prog)))
        self.exit(2, _("error: {what}", what=what) + "\n")


def parser(only: str) -> argparse.ArgumentParser:
    """Declares the command `only`, or all where there is none of that name."""
    found = _Parser(prog="relay", description=_("Webhook relay and event router for finance."))
    found.add_argument("--version", action="version", version=f"relay {__version__}")
    declared = found.add_subparsers(title=_("commands"), metavar="COMMAND", required=True)
    names = sorted(module.name for module in pkgutil.iter_modules(commands.__path__))
    for name in [only] if only in names else names:
        importlib.import_module(f"{commands.__name__}.{name}").add(declared)
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """0 on success, 1 on failure, 2 on wrong usage; errors go to stderr."""
    speak(language_of(os.environ))
    gc.set_threshold(COLLECT_EVERY)  # loading makes much and throws little away: searches were a tenth of it
    given = sys.argv[1:] if argv is None else argv
    args = parser(given[0] if given else "").parse_args(given)
    try:
        return int(args.run(args) or 0)
    except ConfigError as error:
        print_faults((*error.faults, *error.warnings))
    except WrongUsage as error:
        print(_("error: {what}", what=error), file=sys.stderr)
        return 2
    except RelayError as error:
        print(_("error: {what}", what=error), file=sys.stderr)
    except BrokenPipeError:
        sys.stderr.close()
    except KeyboardInterrupt:
        pass
    return 1
