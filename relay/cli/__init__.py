"""The command `relay`. Only the command that is asked for is imported, so that each starts at once."""

import argparse
import gc
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from typing import NoReturn

from relay import __version__
from relay.cli import commands
from relay.cli.options import WrongUsage
from relay.errors import ConfigError, RelayError
from relay.process import COLLECT_EVERY
from relay.texts import language_of, speak


class _Parser(argparse.ArgumentParser):
    """Says what is wrong as every other error is said."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {message}, {self.prog}, see {self.prog} --help\n")


def parser(only: str) -> argparse.ArgumentParser:
    """Declares the command `only`, or all where there is none of that name."""
    found = _Parser(prog="relay", description="Webhook relay and event router for finance.")
    found.add_argument("--version", action="version", version=f"relay {__version__}")
    declared = found.add_subparsers(title="commands", metavar="COMMAND", required=True)
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
        print(error, file=sys.stderr)
    except WrongUsage as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except RelayError as error:
        print(f"error: {error}", file=sys.stderr)
    except BrokenPipeError:
        sys.stderr.close()
    except KeyboardInterrupt:
        pass
    return 1
