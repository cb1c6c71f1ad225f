"""The command `relay`: one file for each command, registered by existing."""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence

from relay import __version__
from relay.errors import ConfigError, RelayError


def parser() -> argparse.ArgumentParser:
    """Every module of this package that has `add(commands)` adds its commands."""
    found = argparse.ArgumentParser(prog="relay", description="Webhook relay and event router for finance.")
    found.add_argument("--version", action="version", version=f"relay {__version__}")
    commands = found.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda one: one.name):
        add = getattr(importlib.import_module(f"{__name__}.{module.name}"), "add", None)
        if add:
            add(commands)
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """0 on success, 1 on failure, 2 on wrong usage; errors go to stderr."""
    args = parser().parse_args(argv)
    try:
        return int(args.run(args) or 0)
    except ConfigError as error:
        print(error, file=sys.stderr)
    except RelayError as error:
        print(f"error: {error}", file=sys.stderr)
    except BrokenPipeError:
        sys.stderr.close()
    except KeyboardInterrupt:
        pass
    return 1
