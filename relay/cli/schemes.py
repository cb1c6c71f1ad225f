"""`relay check --schemes`: the signature schemes by name, for a terminal, for programs, or as docs/sources.md."""

import textwrap
from collections.abc import Sequence

import msgspec

from relay.cli.printing import print_json, print_table
from relay.cli.scheme_facts import Facts
from relay.signatures import catalogue
from relay.signatures.wanted import WANTED

COLUMNS = ("scheme", "algorithm", "signed", "replay", "handshake", "events", "same event", "evidence", "not found")
HEAD = """# Sources

The platforms that routes.yaml names by one word, `verify: NAME`. The page is what `relay check --schemes --markdown`
prints, from the records in [relay/signatures](../relay/signatures); a test holds the two together. Each name links to
its maker's page. All that a record says can be said in routes.yaml too, where a source's word beats its scheme's:
[routes.md](routes.md#a-scheme-spelled-out) has the words, and [adding a scheme](adding-a-signature-scheme.md) the way.

**Signed** is what the signature covers; where that isn't the whole body, what it **binds** is said, and all else in it
may be changed by who replays a request. **Replay** is how old a request may be: within that, the event's id keeps it
from counting twice, for as long as the source's `dedupe`. **Handshake** is what Relay answers by itself, once that has
proven itself. **Evidence** is an official vector (the maker publishes a signed request, which a test takes), documented
(its page, or its library's code, by which a test's request was made), or inferred. **Not found** is what was looked
for, and is to be tried before you rely on it. None was tried against a live platform.
"""
_WIDTH = 118
_PIPE = "\\|"
LACKING = """
## Platforms without a scheme

Asked for, and not done, since the page that would say how isn't public or wasn't found. Nothing is guessed.

| platform | looked for and not found | until then |
| --- | --- | --- |"""


def facts() -> list[Facts]:
    """Of all shipped schemes, sorted by name."""
    return [Facts(name, catalogue.record(name)) for name in catalogue.names()]


def print_schemes(*, as_json: bool, as_markdown: bool) -> None:
    found = facts()
    if as_json:
        print_json([{"name": each.name, **msgspec.to_builtins(each.record)} for each in found])
    elif as_markdown:
        print(markdown(found), end="")
    else:
        rows = [(each.name, each.algorithm, each.record.evidence or "-", each.record.title) for each in found]
        print_table(("SCHEME", "ALGORITHM", "EVIDENCE", "PLATFORM"), rows)


def markdown(found: Sequence[Facts]) -> str:
    """docs/sources.md, whole."""
    rows = [_row(row) for row in (COLUMNS, ("---",) * len(COLUMNS), *map(_cells, found))]
    lacking = [_row(each) for each in WANTED]
    return "\n".join([HEAD, *rows, LACKING, *lacking, *(line for each in found for line in _section(each)), ""])


def _cells(of: Facts) -> tuple[str, ...]:
    title = of.record.title or of.name
    name = f"[`{of.name}`]({of.record.docs}) {title}" if of.record.docs else f"`{of.name}` {title}"
    told = (of.algorithm, of.signed, of.replay, of.handshake, of.events, of.same, of.evidence)
    return (name, *told, of.record.missing)


def _step(number: int, step: str) -> str:
    return textwrap.fill(f"{number}. {step}", _WIDTH, subsequent_indent="   ", break_on_hyphens=False)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(' '.join(cell.split()).replace('|', _PIPE) for cell in cells)} |"


def _section(of: Facts) -> list[str]:
    """How it is set up on the platform's side, and what the source must give; nothing where nothing is to be said."""
    given = [*of.record.needs.items(), *((name, f"if wanted: {what}") for name, what in of.record.optional.items())]
    needs = ["", "| var | what it is |", "| --- | --- |", *(_row((f"`{name}`", what)) for name, what in given)]
    steps = ["", *(_step(number, step) for number, step in enumerate(of.record.setup, 1))]
    told = [*(needs if given else ()), *(steps if of.record.setup else ())]
    return ["", f"## {of.name}", *told] if told else []
