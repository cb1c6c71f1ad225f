"""`relay schema`: routes.yaml as JSON Schema, by which editors complete and explain its keys; and the tables of
docs/routes.md, which are made of the same."""

import argparse
import json
import sys
from pathlib import Path

from relay.cli.options import Commands
from relay.config.editing import schema
from relay.config.reference import brought_up_to_date, reference
from relay.errors import RelayError, reason_of
from relay.texts import _


def add(commands: Commands) -> None:
    command = commands.add_parser("schema", help=_("routes.yaml as JSON Schema, for editors; or its keys as tables"))
    forms = command.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help=_("as JSON, which it is anyway"))
    forms.add_argument("--markdown", action="store_true", help=_("every key in tables, as docs/routes.md has them"))
    forms.add_argument("--page", type=Path, metavar="FILE", help=_("bring the tables of a page up to date, in place"))
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Raises RelayError for a page that can't be read, or that wants a table which isn't there."""
    if args.page:
        _bring_up_to_date(args.page)
    else:
        sys.stdout.write(reference() if args.markdown else f"{json.dumps(schema(), ensure_ascii=False, indent=1)}\n")
    return 0


def _bring_up_to_date(page: Path) -> None:
    try:
        page.write_text(brought_up_to_date(page.read_text(encoding="utf-8")), encoding="utf-8")
    except KeyError as error:
        what = _("there is no table {name}", name=str(error))
        raise RelayError(what, str(page), _("relay schema --markdown names them")) from None
    except UnicodeDecodeError:
        raise RelayError(_("the page isn't text"), str(page), _("name one in UTF-8")) from None
    except OSError as error:
        raise RelayError(
            _("the page can't be read: {why}", why=reason_of(error)), str(page), _("name another")
        ) from None
