"""`relay capture`: a stored event as an entry of `tests:`, to paste, or its body alone."""

import argparse
import secrets
import sys
from pathlib import Path
from typing import Any

from relay.capturing import Captured, Capturing
from relay.cli.asking import asking, asking_options
from relay.cli.given import source_named
from relay.cli.options import Commands, Options
from relay.cli.printing import print_json
from relay.cli.stored import Stored, stored
from relay.config.document import read
from relay.config.load import load
from relay.config.places import Faults
from relay.errors import RelayError, reason_of
from relay.texts import _
from relay.yaml_out import write_yaml


def add(commands: Commands) -> None:
    capture = commands.add_parser("capture", help=_("a stored event as a test for routes.yaml, or its body"))
    capture.add_argument("id", metavar="evt_…", help=_("the event"))
    capture.add_argument("--name", metavar="TEXT", help=_("how the test is called; by its type and day unless set"))
    capture.add_argument("--body", action="store_true", help=_("its body alone, byte for byte"))
    capture.add_argument(
        "--mask", action="store_true", help=_("people's names, accounts, telephones, mail and ids become others")
    )
    capture.add_argument("-o", "--output", metavar="FILE", help=_("append it to a file of tests"))
    capture.add_argument(
        "--no-env", action="store_true", help=_("let placeholders stand in for variables that aren't set")
    )
    asking_options(capture)
    capture.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Raises RelayError where the event or its body isn't there."""
    if args.body:
        return _print_body(args)
    options = Options(args)
    config = load(options.config, options.env, placeholders=args.no_env)
    with asking(args) as relay:
        kept = stored(relay, args.id, whole=True)
    source_named(kept.event.source, config)
    capturing = Capturing(config, kept.event, kept.received_ms, kept.documents)
    name = args.name or f"{kept.event.type or kept.event.source} {kept.shown['received_at'][:10]}"
    found = capturing.masked(name, secrets.token_bytes(16)) if args.mask else capturing.captured(name)
    _tell(found, kept)
    return print_json(found.entry) if args.json else _put(found.entry, args.output)


def _print_body(args: argparse.Namespace) -> None:
    with asking(args) as relay:
        sys.stdout.buffer.write(relay.raw(f"/api/events/{args.id}/body"))
    sys.stdout.buffer.flush()


def _tell(found: Captured, kept: Stored) -> None:
    """What a person should know of it, beside what is printed."""
    if not kept.event.post and list(found.takes) != list(kept.shown["routes"]):
        took, takes = ", ".join(kept.shown["routes"]) or "–", ", ".join(found.takes) or "–"
        print(_("it took {took}, and takes {takes} today", took=took, takes=takes), file=sys.stderr)
    for value in found.kept:
        print(_("{value} stays, because routes or mappings depend on it", value=repr(value)), file=sys.stderr)


def _put(entry: dict[str, Any], file: str | None) -> None:
    """Raises RelayError where the file holds something else, or can't be written; then it is as it was."""
    if file is None:
        sys.stdout.write(write_yaml({"tests": [entry]}))
        sys.stdout.flush()
        return
    path = Path(file)
    try:
        before = path.read_bytes() if path.exists() else b""
        path.write_bytes(_with(before, entry, file))
    except OSError as error:
        what = _("the file can't be written: {reason}", reason=reason_of(error))
        raise RelayError(what, file, _("name another")) from None


def _with(before: bytes, entry: dict[str, Any], file: str) -> bytes:
    """Raises RelayError where nothing but tests may be in the file, and something is."""
    if not before.strip():
        return write_yaml({"tests": [entry]}).encode()
    written = write_yaml({"tests": [entry]}).partition("\n")[2].encode()
    after = before.rstrip(b"\n") + b"\n" + written
    if _tests(after, file) != [*_tests(before, file), entry]:
        raise RelayError(_("no test can be put at its end"), file, _("name a file of nothing but tests:"))
    return after


def _tests(data: bytes, file: str) -> list[Any]:
    faults = Faults(file)
    tree = read(data, faults).tree
    faults.raise_any()
    found = tree.get("tests") if isinstance(tree, dict) else None
    return found if isinstance(found, list) and list(tree) == ["tests"] else []
