"""`relay init`: writes a routes.yaml for one platform and one system, its `.env` and a sample, ready to be tried."""

import argparse
import json
import os
import shlex
import sys
from pathlib import Path

import msgspec

from relay.cli.beginning.choice import ERP, SOURCE, Chosen, asked, chosen, sources, systems
from relay.cli.beginning.env import env_of, playing
from relay.cli.beginning.facts import body_of, example_of
from relay.cli.beginning.routes import SCHEMA, routes_yaml
from relay.cli.options import Commands, WrongUsage
from relay.cli.printing import Tone, Toned, print_json, print_line
from relay.config.editing import schema
from relay.errors import RelayError, reason_of
from relay.texts import _, language_of

ZONES = {"zh": "Asia/Shanghai"}
ENV = ".env"


def add(commands: Commands) -> None:
    init = commands.add_parser("init", help=_("write a routes.yaml for a platform and an ERP, ready to be tried"))
    init.add_argument("dir", nargs="?", default=".", metavar="DIR", help=_("where; here unless set"))
    init.add_argument("--source", metavar="NAME", help=_("the platform that sends: relay check --schemes names them"))
    init.add_argument("--erp", metavar="NAME", help=_("the system that is told: relay presets names them"))
    init.add_argument("--callback", action="store_true", help=_("the platform hears how its events ended"))
    init.add_argument("--timezone", metavar="ZONE", help=_("where the documents' times are, such as Asia/Shanghai"))
    init.add_argument("--yes", action="store_true", help=_("don't ask; what isn't said is the default"))
    init.add_argument("--json", action="store_true", help=_("for programs"))
    init.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Raises RelayError where something stands there already; then nothing is written."""
    of = _chosen(args)
    folder, files = Path(args.dir), _files(of)
    _write(folder, files)
    if args.json:
        print_json({"files": [str(folder / name) for name in files], "next": _next(of, folder)})
        return 0
    for name in files:
        print_line(str(folder / name))
    print_line(_("Tried like this, each in a terminal of its own:"))
    for line in _next(of, folder):
        print_line("  ", Toned(line, Tone.TITLE))
    return 0


def _chosen(args: argparse.Namespace) -> Chosen:
    asks = not args.yes and sys.stdin.isatty() and not args.json
    if not (asks or args.yes or (args.source and args.erp)):
        raise WrongUsage(_("nobody can be asked"), "relay init", _("add --source and --erp, or --yes for the defaults"))
    source = args.source or (asked(_("which platform sends"), sources(), SOURCE, input) if asks else SOURCE)
    erp = args.erp or (asked(_("which system is told"), systems(), ERP, input) if asks else ERP)
    zone = args.timezone or ZONES.get(language_of(os.environ), "UTC")
    return msgspec.structs.replace(chosen(source, erp), callback=args.callback, timezone=zone)


def _files(of: Chosen) -> dict[str, str]:
    """Each by its name."""
    routes, sample = routes_yaml(of), example_of(of.record).body.rstrip("\n")
    described = json.dumps(schema(), ensure_ascii=False, indent=1)
    return {"routes.yaml": routes, ENV: env_of(of, routes), _sample(of): f"{sample}\n", SCHEMA: f"{described}\n"}


def _sample(of: Chosen) -> str:
    return "sample.json" if isinstance(body_of(example_of(of.record))[0], dict) else "sample.form"


def _write(folder: Path, files: dict[str, str]) -> None:
    there = [name for name in files if (folder / name).exists()]
    if there:
        what = _("{names} is there already, and nothing is overwritten", names=", ".join(there))
        raise RelayError(what, str(folder), _("name another folder, or move it away"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            _written(folder / name, text)
    except OSError as error:
        what = _("the file can't be written: {reason}", reason=reason_of(error))
        raise RelayError(what, str(error.filename), _("name a folder that can be written")) from None


def _written(path: Path, text: str) -> None:
    """Secrets for their owner alone."""
    mode = 0o600 if path.name == ENV else 0o644
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)


def _next(of: Chosen, folder: Path) -> list[str]:
    """The commands that try it: the played systems, Relay, and an event."""
    plays = dict.fromkeys(f"relay emulate {each.emulator} --port {each.port}" for each in playing(of))
    file, sample = (shlex.quote(str(folder / name)) for name in ("routes.yaml", _sample(of)))
    where = f" --config {file}"
    headers = "".join(f" --header '{name}: {value}'" for name, value in example_of(of.record).headers.items())
    return [
        *(plays or [f"relay check {file}"]),
        f"relay up{where}",
        f"relay send{where} --source {of.source}{headers} {sample} --wait",
    ]
