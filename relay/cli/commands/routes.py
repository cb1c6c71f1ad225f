"""`relay routes`: the versions of routes.yaml that were in force: which, their files, and back to one of them."""

import argparse
import sys
from pathlib import Path
from typing import Any

from relay.bundle import Bundle
from relay.cli.asking import Asking, asking, asking_options
from relay.cli.figures import local
from relay.cli.options import Commands, Options, WrongUsage
from relay.cli.printing import print_json, print_line, print_table
from relay.cli.taking_over import take_over
from relay.cli.versions import bundle_of, config_of, in_force, shown
from relay.errors import RelayError, reason_of
from relay.nearest import nearest
from relay.texts import _


def add(commands: Commands) -> None:
    routes = commands.add_parser("routes", help=_("the versions of routes.yaml: which, their files, and back to one"))
    parts = routes.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _history_options(parts.add_parser("history", help=_("what came into force, newest first: when, by whom, why")))
    _show_options(parts.add_parser("show", help=_("the files of a version")))
    _rollback_options(parts.add_parser("rollback", help=_("bring a version into force again")))


def _history_options(history: argparse.ArgumentParser) -> None:
    history.add_argument("--limit", metavar="N", default="20", help=_("so many; 20 unless set, 200 at the most"))
    asking_options(history)
    history.set_defaults(run=_history)


def _show_options(show: argparse.ArgumentParser) -> None:
    show.add_argument("version", metavar="VERSION")
    show.add_argument("--file", metavar="NAME", help=_("which of its files; routes.yaml unless set"))
    show.add_argument("--to", metavar="DIR", help=_("write all of its files into a new folder instead"))
    asking_options(show)
    show.set_defaults(run=_show)


def _rollback_options(rollback: argparse.ArgumentParser) -> None:
    rollback.add_argument("version", metavar="VERSION")
    rollback.add_argument("--note", required=True, help=_("why; kept in the history, with your name"))
    rollback.add_argument("--yes", action="store_true", help=_("don't ask"))
    asking_options(rollback)
    rollback.set_defaults(run=_rollback, command="routes rollback")


def _history(args: argparse.Namespace) -> None:
    with asking(args) as relay:
        found = relay.get("/api/config/history", limit=args.limit)
        current = in_force(relay)
    if args.json:
        return print_json(found)
    head = (_("AT"), _("VERSION"), _("HOW"), _("BY"), _("NOTE"))
    return print_table(head, _rows(found["versions"], current))


def _rows(versions: list[dict[str, Any]], current: str) -> list[list[str]]:
    """The latest of the version that is in force is marked."""
    rows = [[local(one["at"]), one["version"], one["how"], one["by"] or "", one["note"] or ""] for one in versions]
    for row in rows:
        if row[1] == current:
            row[1] += " *"
            break
    return rows


def _show(args: argparse.Namespace) -> None:
    with asking(args) as relay:
        bundle = bundle_of(relay, args.version)
    if args.to:
        return _written(bundle, Path(args.to))
    if args.json:
        return print_json({"version": args.version, "name": bundle.name, "files": shown(bundle)})
    name = args.file or bundle.name
    if name not in bundle.files:
        raise WrongUsage(_("it has no file {name}", name=repr(name)), args.version, nearest(name, bundle.files))
    sys.stdout.flush()
    sys.stdout.buffer.write(bundle.files[name])
    sys.stdout.buffer.flush()
    if not args.file and bundle.beside:
        print(_("beside it: {names}", names=", ".join(bundle.beside)), file=sys.stderr)
    return None


def _written(bundle: Bundle, folder: Path) -> None:
    """Raises RelayError where the folder is there already: nothing is overwritten."""
    try:
        folder.mkdir(parents=True)
        for name, content in bundle.files.items():
            _write(folder / name, content, folder)
    except OSError as error:
        remedy = _("name a folder that isn't there yet")
        raise RelayError(_("it can't be written: {why}", why=reason_of(error)), str(folder), remedy) from None
    for name in (bundle.name, *bundle.beside):
        print_line(str(folder / name))


def _write(path: Path, content: bytes, folder: Path) -> None:
    if not path.resolve().is_relative_to(folder.resolve()):
        raise RelayError(_("the file {name} lies outside the folder", name=repr(str(path))), str(folder))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _rollback(args: argparse.Namespace) -> int:
    options = Options(args)
    with asking(args) as relay:
        current = in_force(relay)
        if current == args.version:
            print_line(_("the version {version} is in force already", version=current))
            return 0
        old, new = (config_of(relay, version, options) for version in (current, args.version))
        return take_over(relay, args, old, new, lambda: _back(relay, args, current))


def _back(relay: Asking, args: argparse.Namespace, current: str) -> Any:
    return relay.post(f"/api/config/{args.version}/rollback", {"expected": current, "note": args.note})
