"""`relay presets`: the systems that a destination can name by one word, and what is known of each."""

import argparse
from dataclasses import dataclass

import msgspec

from relay.cli.options import Commands
from relay.cli.printing import print_json
from relay.destinations import Preset, names, preset
from relay.destinations.example import asking, part
from relay.texts import _

COLUMNS = ("preset", "auth", "verdict", "document", "idempotency", "in doubt", "evidence", "tried against")
HEAD = """# Presets

What each preset knows of its system. The table is what `relay presets --markdown` prints, from the records in
[relay/destinations](../relay/destinations); a test holds the two together. **In doubt** is what becomes of an attempt
of which nobody knows whether it was booked. None was tried on a live system: **tried against** says what it was run
with. A file uses one by `preset: NAME` and the `vars` that it needs: below stands, for each, what to paste into
routes.yaml, where the environment or .env holds the variables, and `relay emulate NAME` prints the same with the
values of a played system. The accounts and fields of a `request` are to be made yours.
"""


@dataclass(frozen=True)
class Known:
    """A preset under its name."""

    name: str
    preset: Preset


def add(commands: Commands) -> None:
    presets = commands.add_parser("presets", help=_("the systems that a destination can name by one word"))
    presets.add_argument("name", nargs="?", metavar="NAME", help=_("one of them, with all that is known of it"))
    presets.add_argument("--json", action="store_true", help=_("as JSON"))
    presets.add_argument("--markdown", action="store_true", help=_("as docs/destinations.md"))
    presets.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Raises RelayError for a name that isn't one."""
    found = [Known(name, preset(name)) for name in ([args.name] if args.name else names())]
    if args.json:
        print_json([{"name": each.name, **msgspec.to_builtins(each.preset)} for each in found])
    elif args.markdown:
        print(markdown(found), end="")
    elif args.name:
        print("\n".join(_told(found[0])))
    else:
        print("\n".join(f"{each.name:<22}{each.preset.title}" for each in found))
    return 0


def markdown(found: list[Known]) -> str:
    """docs/destinations.md, whole."""
    rows = [f"| {' | '.join(row)} |" for row in (COLUMNS, ("---",) * len(COLUMNS), *map(_row, found))]
    return "\n".join([HEAD, *rows, *(line for each in found for line in _section(each)), ""])


def _section(of: Known) -> list[str]:
    """What it needs, and a part of routes.yaml that uses it."""
    needs = ["| var | what it is |", "| --- | --- |", *rows, ""] if (rows := _needs(of.preset)) else []
    return ["", f"## {of.name}", "", *needs, "```yaml", f"{_pasted(of)}```"]


def _pasted(of: Known) -> str:
    return part(asking(of.preset.example, of.name), of.name)


def _row(of: Known) -> tuple[str, ...]:
    known = of.preset
    name = f"[`{of.name}`]({known.docs}) {known.title}"
    cells = (
        name,
        _auth(known),
        known.verdict,
        known.document,
        known.idempotency,
        known.doubt,
        known.evidence,
        known.tried,
    )
    return tuple(" ".join(cell.split()).replace("|", "\\|") for cell in cells)


def _auth(of: Preset) -> str:
    return str(of.settings.get("auth", {}).get("type", "none"))


def _needs(of: Preset) -> list[str]:
    options = [(name, f"if wanted: {what}") for name, what in _options(of)]
    return [f"| `{name}` | {what} |" for name, what in [*of.needs.items(), *options]]


def _options(of: Preset) -> list[tuple[str, str]]:
    """Each with what it is unless a file gives it."""
    unless = of.settings.get("vars", {})
    return [(name, f"{what}; {_code(unless[name])} unless set") for name, what in of.options.items()]


def _code(value: object) -> str:
    return "empty" if value == "" else f"`{value}`"


def _told(of: Known) -> list[str]:
    known = of.preset
    said = {"documented at": known.docs, **dict(zip(COLUMNS[1:], _row(of)[1:], strict=True))}
    needs = [f"  vars.{name:<18}{_(what)}" for name, what in known.needs.items()]
    options = [f"  vars.{name:<18}{_(what)}" for name, what in _options(known)]
    return [
        f"{of.name}: {known.title}",
        *(f"  {key:<16}{text}" for key, text in said.items() if text),
        _("it needs"),
        *needs,
        *([_("it may be given"), *options] if options else []),
        _("to paste into routes.yaml, with its variables in .env"),
        "",
        _pasted(of),
    ]
